mkdir -p s/b; echo 1 >s/b/f; tar -P --numeric-owner --mtime=@0 --transform 's,^s,./a/./x/..,S' -cf x.tar s
