echo 1 >f
tar --pax-option='SCHILY.xattr.user.colour:=green' --format=pax --numeric-owner --mtime=@0 -cf x.tar f; rm f
