# Sourced after env.sh: a real image to pull, push, save and load: Debian with Python and libraries, more than 300 MB and
# 15,000 files in five layers. Needs mmdebstrap, umoci, skopeo and docker-registry.

require_image_tools() {
  local tool
  for tool in mmdebstrap umoci skopeo docker-registry; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install mmdebstrap umoci skopeo docker-registry"
  done
}

# python_tree DIR: the files of the image; made once, kept in DIR.
python_tree() {
  local tree=$1
  [ -e "$tree/.complete" ] && return
  rm -rf "$tree"
  mkdir -p "$tree"
  quietly mmdebstrap mmdebstrap --variant=apt --mode=root --quiet \
    --include=python3,python3-pip,python3-numpy,python3-django,python3-sqlalchemy,python3-lxml,git,perl-modules,curl \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$tree/root"
  rm -rf "$tree"/root/var/cache/apt/archives/* "$tree"/root/var/lib/apt/lists/* "$tree"/root/dev/*
  touch "$tree/.complete"
}

# python_layers TREE DIR MARK: the tree as five uncompressed layers in DIR, each with a file that says MARK, so that no
# layer of one mark is a layer of another.
python_layers() {
  local tree=$1 dir=$2 mark=$3 layer
  mkdir -p "$dir"
  local -A paths=(
    [1]='--exclude=./usr/lib/x86_64-linux-gnu --exclude=./usr/lib/python3* --exclude=./usr/share --exclude=./usr/lib/git-core .'
    [2]='./usr/lib/x86_64-linux-gnu'
    [3]='./usr/share ./usr/lib/git-core'
    [4]="$(cd "$tree/root" && echo ./usr/lib/python3*)"
    [5]='./etc'
  )
  for layer in 1 2 3 4 5; do
    mkdir -p "$dir/mark/srv"
    echo "$mark $layer" >"$dir/mark/srv/mark-$layer"
    # shellcheck disable=SC2086
    tar --sort=name --numeric-owner --xattrs -C "$tree/root" -cf "$dir/$layer.tar" ${paths[$layer]} \
      -C "$dir/mark" "./srv/mark-$layer"
  done
}

# python_image TREE WORK MARK: makes WORK/oci:MARK, an OCI layout.
python_image() {
  local tree=$1 work=$2 mark=$3 layer
  [ -e "$work/oci/oci-layout" ] || quietly 'umoci init' umoci init --layout "$work/oci"
  python_layers "$tree" "$work/layers" "$mark"
  quietly 'umoci new' umoci new --image "$work/oci:$mark"
  for layer in 1 2 3 4 5; do
    quietly 'umoci raw add-layer' umoci raw add-layer --image "$work/oci:$mark" "$work/layers/$layer.tar"
  done
  quietly 'umoci config' umoci config --image "$work/oci:$mark" --config.cmd python3 \
    --config.env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  rm -rf "$work/layers"
}

# python_images CACHE MARK...: makes what is missing of the images in CACHE, and CACHE/MARK.tar, a docker-archive of each.
python_images() {
  local cache=$1 mark
  shift
  require_image_tools
  mkdir -p "$cache"
  for mark in "$@"; do
    [ -e "$cache/$mark.tar" ] && continue
    python_tree "$cache/tree"
    python_image "$cache/tree" "$cache" "$mark"
    rm -f "$cache/$mark.part"
    quietly 'skopeo copy' skopeo copy -q "oci:$cache/oci:$mark" "docker-archive:$cache/$mark.part:localhost/python:$mark"
    mv "$cache/$mark.part" "$cache/$mark.tar"
  done
}

# exec_registry WORK PORT: becomes a docker-registry that keeps its files in WORK.
exec_registry() {
  local work=$1 port=$2
  mkdir -p "$work/registry"
  printf '%s\n' 'version: 0.1' 'log: {level: error, accesslog: {disabled: true}}' 'storage:' \
    "  filesystem: {rootdirectory: $work/registry}" "http: {addr: '127.0.0.1:$port'}" >"$work/registry.yml"
  exec docker-registry serve "$work/registry.yml"
}
