module holdfast.invalid/parts/pause

go 1.26
