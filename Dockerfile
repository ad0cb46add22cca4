# Builds Wharf and makes an image of it: see docs/contributing.md.
#
# BASE is any Debian with apt sources (`wharf image bootstrap debian`). How a machine reaches archives and registries is
# told by secrets, which no image keeps, and any of which may be missing: apt, a file for /etc/apt/apt.conf.d; npmrc;
# authorities, a bundle of certificates.
ARG BASE=debian

FROM $BASE AS tools
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/99host,mode=0444 \
    --mount=type=secret,id=authorities,mode=0444 <<INSTALL
  set -eux
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends g++ make tini nodejs npm
INSTALL
WORKDIR /src

# Changed by what is depended on alone. The Node and the Bun that build and run Wharf are among it, pinned.
FROM tools AS modules
COPY --parents package.json package-lock.json .npmrc apps/*/package.json packages/*/package.json e2e/package.json tools/package.json ./
RUN --mount=type=cache,target=/root/.npm \
    --mount=type=secret,id=npmrc,target=/root/.npmrc \
    --mount=type=secret,id=authorities <<INSTALL
  set -eu
  bundle=/run/secrets/authorities
  if [ -e $bundle ]; then export NODE_EXTRA_CA_CERTS=$bundle npm_config_cafile=$bundle; fi
  # The npm of Debian cannot read the peers of a newer lock file; none of them is needed here.
  npm ci --omit=dev --omit=peer --legacy-peer-deps --ignore-scripts --no-audit --no-fund --loglevel=error
INSTALL

FROM modules AS build
COPY . .
ARG WHARF_COMMIT WHARF_COMMIT_TIME
RUN tools/build --as-is

FROM $BASE
ARG SOURCE_DATE_EPOCH=0
RUN --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/99host,mode=0444 \
    --mount=type=secret,id=authorities,mode=0444 <<INSTALL
  set -eux
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends ca-certificates runc crun nftables iproute2 libseccomp2
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/log/apt/* /var/log/*.log /var/cache/ldconfig/* /var/cache/debconf/*-old
INSTALL
COPY --from=build /src/dist/ /opt/wharf/
RUN ln -s ../../../opt/wharf/bin/wharf ../../../opt/wharf/bin/wharfd ../../../opt/wharf/bin/wharf-shim /usr/local/bin/
VOLUME /var/lib/wharf
CMD ["wharfd"]
