mkdir -p empty a/b/c
