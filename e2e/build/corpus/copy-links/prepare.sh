mkdir links
ln -s ../a links/file
ln -s ../d links/dir
ln -s nowhere links/dangling
ln -s /etc/passwd links/absolute
ln -s d to-d
