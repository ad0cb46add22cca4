echo 1 >f
tar --pax-option='SCHILY.xattr.user.colour:=green' --format=pax -cf x.tar f; tar --xattrs --xattrs-include='*' -xf x.tar; rm x.tar
