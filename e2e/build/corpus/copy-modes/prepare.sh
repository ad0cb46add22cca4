mkdir m m/sticky m/closed m/setgid
for mode in 0600 0755 0444 0666 0000 0111; do echo $mode >m/$mode; chmod $mode m/$mode; done
echo s >m/setuid; chmod 6755 m/setuid
chmod 1777 m/sticky; chmod 0700 m/closed; chmod 2755 m/setgid
chown -R 123:456 m/closed m/0755
