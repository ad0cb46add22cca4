mkdir -p t/sub && echo one >t/one && chmod 4750 t/one && echo two >t/sub/two && ln t/one t/hard && ln -s one t/link && mkdir t/empty && chown -R 70:80 t/sub
tar --numeric-owner --mtime=@0 -C t -cf x.tar .
gzip -nc x.tar >x.tgz; bzip2 -kc x.tar >x.tar.bz2; xz -kc x.tar >x.tar.xz; cp x.tar named.bin
