mkdir links; ln -s nowhere links/dangling
