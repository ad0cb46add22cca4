#!/bin/sh
# Templates become configuration, with the variables of nginx alone replaced.
set -e

mkdir -p /etc/nginx/conf.d
for template in /etc/nginx/templates/*.template; do
  name=$(basename "$template" .template)
  envsubst '$NGINX_HOST $NGINX_PORT' <"$template" >"/etc/nginx/conf.d/$name"
done
