echo text | gzip -n >a.gz
