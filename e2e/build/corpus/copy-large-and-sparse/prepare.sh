truncate -s 300000 sparse; printf x | dd of=middle bs=1 seek=100000 2>/dev/null; : >nothing
