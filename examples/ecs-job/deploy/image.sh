#!/usr/bin/env bash
# Builds the container image without a Docker engine and without pulling a base image: the program, linked statically, and what it needs, nothing else.
#
#   examples/ecs-job/deploy/image.sh            writes target/image/oci (an OCI layout) and target/image/ecs-job.tar (for `docker load`)
#
#   --binary FILE   packs a program that is built already
#   --documents DIR takes what the image says about that program from there: sbom.cdx.json and third-party-notices.txt, which a build leaves in
#                   target/image-documents; without it, the image has only our own licences
#   --output DIR    writes there instead
#   --root DIR      only lays out the file system of the image in DIR, as the Dockerfile wants it
#   --check FILE    only looks for paths of this machine in a program
#   --dynamic       takes a program that needs shared libraries, which somebody else has to bring (the tests do)
#
# The same commit, tools and CA roots give the same digests. SOURCE_DATE_EPOCH overrides the commit's time; CA_ROOTS names the file of the roots.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
target_dir=${CARGO_TARGET_DIR:-$root/target}
roots=${CA_ROOTS:-/etc/ssl/certs/ca-certificates.crt}
binary='' documents='' output=$target_dir/image only_root='' dynamic=false only_check=''
cargo_home=${CARGO_HOME:-$HOME/.cargo}
commit=${ECS_JOB_COMMIT:-$(git -C "$root" rev-parse HEAD 2>/dev/null || true)}

fail() {
    printf '%s\n' "$*" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --binary) binary=${2:?} && shift 2 ;;
        --documents) documents=${2:?} && shift 2 ;;
        --output) output=${2:?} && shift 2 ;;
        --root) only_root=${2:?} && shift 2 ;;
        --check) only_check=${2:?} && shift 2 ;;
        --dynamic) dynamic=true && shift ;;
        *) fail "unknown option $1; the head of $0 lists them" ;;
    esac
done

. "$root/examples/ecs-job/deploy/documents.sh"

host=$(rustc -vV | sed -n 's/^host: //p')

# musl where Rust and the C compiler have it, else glibc, which looks names up without its shared libraries since 2.34.
choose_target() {
    local arch=${host%%-*} sysroot
    sysroot=$(rustc --print sysroot)
    if [ -d "$sysroot/lib/rustlib/$arch-unknown-linux-musl" ] && { [ "$host" = "$arch-unknown-linux-musl" ] || command -v musl-gcc >/dev/null; }; then
        printf '%s-unknown-linux-musl' "$arch"
    else
        [ -e "$(cc -print-file-name=libc.a)" ] || fail "the static C library is missing: apt-get install libc6-dev"
        printf '%s-unknown-linux-gnu' "$arch"
    fi
}

# No path of this machine may stand in the program: in panics of Rust, and in the file names of C.
build() {
    local target=$1 flags c_flags='' index
    flags="-Ctarget-feature=+crt-static"
    remap() {
        flags+=$'\x1f'"--remap-path-prefix=$1=$2"
        c_flags+=" -ffile-prefix-map=$1=$2"
    }
    # the last that fits counts
    remap "$cargo_home" /cargo
    for index in "$cargo_home"/registry/src/*/; do remap "${index%/}" /crates; done
    remap "$(rustc --print sysroot)/lib/rustlib/src/rust" /rust
    remap "$root" /src
    remap "$target_dir" /target
    # cargo auditable reads this file instead of finding out by itself
    list_crates "$target" >"$target_dir/image-crates.json"
    env "CARGO_SBOM_PATH=$target_dir/image-crates.json" "CARGO_ENCODED_RUSTFLAGS=$flags" "CFLAGS_${target//-/_}=$c_flags" CARGO_INCREMENTAL=0 "ECS_JOB_COMMIT=$commit" \
        "$tools/bin/cargo-auditable" auditable build --manifest-path "$root/Cargo.toml" --locked --profile image --target "$target" -p ecs-job >&2
}

# Fails if a path of this machine stands in the program: that of the sources, of cargo or of the user.
check_paths() {
    local path
    for path in "$root" "$target_dir" "$cargo_home" "$HOME"; do
        # a short one, such as /root or /, stands in any program
        [ "$(tr -cd / <<<"$path" | wc -c)" -ge 2 ] || continue
        ! grep -aqF -- "$path/" "$1" || fail "$1 contains the path $path of this machine"
    done
}

# What the Dockerfile copies, too.
lay_out() {
    local to=$1
    install -d -m 0755 "$to" "$to/etc" "$to/etc/ssl" "$to/etc/ssl/certs"
    install -m 0644 "$roots" "$to/etc/ssl/certs/ca-certificates.crt"
    # the one place that can be written to
    install -d -m 1777 "$to/tmp"
    install -m 0755 "$binary" "$to/ecs-job"
    local about=$to/usr/share/doc/ecs-job
    install -d -m 0755 "$to/usr" "$to/usr/share" "$to/usr/share/doc" "$about"
    install -m 0644 "$root/LICENSE-APACHE" "$root/LICENSE-MIT" "$about"
    [ -z "$documents" ] || install -m 0644 "$documents/sbom.cdx.json" "$documents/third-party-notices.txt" "$about"
}

digest() { sha256sum "$1" | cut -d' ' -f1; }

pack() { tar --format=ustar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner "$@" -cf -; }

# Moves a file to the place that its content gives it, and prints that digest.
store() {
    local sum
    sum=$(digest "$1")
    mv "$1" "$layout/blobs/sha256/$sum"
    printf '%s' "$sum"
}

if [ -n "$only_check" ]; then
    check_paths "$only_check"
    exit
fi
if [ -z "$binary" ]; then
    [ -z "$documents" ] || fail "--documents is for a program of --binary; one that is built here gets its own"
    target=$(choose_target)
    install_tools
    build "$target"
    binary=$target_dir/$target/image/ecs-job
    check_paths "$binary"
    documents=$target_dir/image-documents
    write_documents "$binary" "$target" "$documents"
fi
if [ -n "$documents" ]; then
    check_documents "$documents"
else
    printf 'no --documents: the image does not say which crates are in it\n' >&2
fi
if ! $dynamic && readelf -lW "$binary" | grep -q INTERP; then
    fail "$binary is linked dynamically and would not start in an image that holds nothing else; leave --binary out"
fi
if [ -n "$only_root" ]; then
    lay_out "$only_root"
    exit
fi

epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
case $(readelf -hW "$binary") in
    *X86-64*) architecture=amd64 ;;
    *AArch64*) architecture=arm64 ;;
    *) fail "$binary is neither for x86-64 nor for ARM64" ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# before the old output goes: what is packed may lie in it
lay_out "$work/root"
layout=$output/oci
rm -rf "$output"
mkdir -p "$layout/blobs/sha256"

pack -C "$work/root" ecs-job etc tmp usr >"$work/layer.tar"
diff_id=$(digest "$work/layer.tar")
uncompressed=$(stat -c %s "$work/layer.tar")
gzip -n -9 "$work/layer.tar"
compressed=$(stat -c %s "$work/layer.tar.gz")
layer=$(store "$work/layer.tar.gz")

cat >"$work/config" <<END
{"architecture":"$architecture","os":"linux","created":"$created",
"config":{"User":"65532:65532","Env":["SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],"Entrypoint":["/ecs-job"],"Volumes":{"/tmp":{}},
"Labels":{"org.opencontainers.image.revision":"$commit"}},
"rootfs":{"type":"layers","diff_ids":["sha256:$diff_id"]},
"history":[{"created":"$created","created_by":"image.sh"}]}
END
config_size=$(stat -c %s "$work/config")
config=$(store "$work/config")

cat >"$work/manifest" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$config","size":$config_size},
"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:$layer","size":$compressed}]}
END
manifest_size=$(stat -c %s "$work/manifest")
manifest=$(store "$work/manifest")

printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
cat >"$layout/index.json" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:$manifest","size":$manifest_size,
"platform":{"architecture":"$architecture","os":"linux"},
"annotations":{"org.opencontainers.image.ref.name":"latest","io.containerd.image.name":"docker.io/library/ecs-job:latest"}}]}
END
# older Docker engines read this file, newer ones the index
printf '[{"Config":"blobs/sha256/%s","RepoTags":["ecs-job:latest"],"Layers":["blobs/sha256/%s"]}]' "$config" "$layer" >"$work/manifest.json"
pack --mode=u=rwX,go=rX -C "$layout" blobs index.json oci-layout -C "$work" manifest.json >"$output/ecs-job.tar"

printf 'sha256:%s\n' "$manifest" >"$output/digest"
# beside the image, too, for who checks it without unpacking it
[ -z "$documents" ] || install -m 0644 "$documents/sbom.cdx.json" "$output"

printf 'program     %s bytes, %s\n' "$(stat -c %s "$binary")" "${target:-given}"
printf 'layer       %s bytes, compressed %s bytes\n' "$uncompressed" "$compressed"
printf 'manifest    sha256:%s\n' "$manifest"
printf 'OCI layout  %s\nfor Docker  %s\n' "$layout" "$output/ecs-job.tar"
printf 'next        push it, and deploy the template with ImageDigest=sha256:%s\n' "$manifest"
