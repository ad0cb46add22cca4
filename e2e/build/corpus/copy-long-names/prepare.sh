long=$(printf 'x%.0s' $(seq 200)); mkdir -p $long/$long/$long; echo 1 >$long/$long/$long/$long
ln -s $long/$long/$long/$long link; ln $long/$long/$long/$long hard
