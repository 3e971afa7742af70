# To be sourced by image.sh: the tools that say what a program consists of, and the documents that they write.
#
# The bill of materials (CycloneDX) is what the build wrote into the program, where `cargo audit bin` finds it, too. The notices are the texts of
# the licences of these crates.

tools=$target_dir/image-tools
# of the tools that the build needs; each brings the versions of its own lock file
auditable_version=0.7.7 auditable2cdx_version=0.1.0 about_version=0.9.3

# Installs a tool, unless it is there. The stamp is written last: an installation that broke off is done anew.
install_tool() {
    local name=$1 version=$2
    shift 2
    [ "$(cat "$tools/$name.version" 2>/dev/null)" = "$version" ] && return
    printf 'installing %s %s into %s\n' "$name" "$version" "$tools" >&2
    # cargo also succeeds if it installs nothing, because a feature is missing
    CARGO_TARGET_DIR=$tools/build CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=false \
        cargo install --quiet --locked --debug --force --root "$tools" "$@" "$name@$version" >&2 && [ -x "$tools/bin/$name" ] ||
        fail "$name $version could not be installed, so the image cannot say what it contains; cargo says why, above"
    printf '%s\n' "$version" >"$tools/$name.version"
}

install_tools() {
    install_tool cargo-auditable "$auditable_version"
    install_tool auditable2cdx "$auditable2cdx_version"
    # it compares hundreds of files with the texts of licences: minutes unless it is optimised
    CARGO_PROFILE_DEV_OPT_LEVEL=2 install_tool cargo-about "$about_version" --features cli
    rm -rf "$tools/build"
}

# Prints the crates of a build for a target as JSON, for cargo auditable. By itself it would ask `cargo metadata`, which adds up the features of the
# whole workspace and so lists mockall and other crates that only tests link; `cargo tree` knows what this build links.
list_crates() {
    local target=$1
    tree() {
        cargo tree --manifest-path "$root/Cargo.toml" --locked -p ecs-job --target "$target" --charset ascii --prefix depth --format ' {p}' --edges "$1"
    }
    awk -f "$root/examples/ecs-job/deploy/crates.awk" <(tree normal,no-proc-macro) <(tree normal,build)
}

# The licences that deny.toml allows, as cargo-about wants to read them: there is one list.
about_config() {
    sed -n '/^allow = \[/,/^\]/{s/^allow/accepted/;p}' "$root/deny.toml"
    # licences are in the folder of the crate itself; the SDKs have thousands of files below it, which take minutes
    printf 'max-depth = 1\nignore-build-dependencies = true\nignore-dev-dependencies = true\n'
    sed -n 's/^ *{ crate = "\(.*\)", allow = \(\[.*\]\) },$/[\1]\naccepted = \2/p' "$root/deny.toml"
}

# Writes both documents about a program for a target into a folder.
write_documents() {
    local program=$1 target=$2 to=$3
    install -d "$to"
    "$tools/bin/auditable2cdx" "$program" >"$to/sbom.cdx.json" || fail "$program does not say what it consists of; build it with cargo auditable"
    about_config >"$to/about.toml"
    # cargo-about reads the manifests of all platforms; the build has fetched the crates of one
    cargo fetch --quiet --manifest-path "$root/Cargo.toml" --locked
    "$tools/bin/cargo-about" generate --manifest-path "$root/examples/ecs-job/Cargo.toml" --locked --offline --fail --target "$target" \
        --config "$to/about.toml" --output-file "$to/third-party-notices.txt" "$root/examples/ecs-job/deploy/about.hbs" >&2 ||
        fail "the notices could not be written, for the reason above; if it is a licence, deny.toml does not allow it"
    rm "$to/about.toml"
}

# Prints name and version of each crate, those included that only build the program.
all_of_sbom() {
    sed 's/{"type":"library"/\n&/g' "$1" |
        sed -n 's/^{"type":"library","bom-ref":"[^"]*","name":"\([^"]*\)","version":"\([^"]*\)".*/\1 \2/p' | LC_ALL=C sort -u
}

# The same, of the crates that are in the program.
linked_of_sbom() {
    all_of_sbom <(sed 's/{"type":"library"/\n&/g' "$1" | grep -v '"cdx:rustc:dependency_kind","value":"build"')
}

crates_of_notices() { sed -n 's/^crate: //p' "$1" | LC_ALL=C sort -u; }

# Fails unless a folder has both documents, they are about the same crates, and neither names a path of this machine. The notices may name macros,
# which only build the program, and the program itself.
check_documents() {
    local sbom=$1/sbom.cdx.json notices=$1/third-party-notices.txt differ
    [ -s "$sbom" ] && [ -s "$notices" ] || fail "$1 must have sbom.cdx.json and third-party-notices.txt, as image.sh writes them"
    [ -n "$(all_of_sbom "$sbom")" ] || fail "$sbom names no crate; write it with auditable2cdx"
    differ=$(LC_ALL=C comm -23 <(linked_of_sbom "$sbom") <(crates_of_notices "$notices"))
    [ -z "$differ" ] || fail "$notices lacks the notices of: ${differ//$'\n'/, }"
    differ=$(LC_ALL=C comm -13 <(all_of_sbom "$sbom") <(crates_of_notices "$notices") | sed '/^ecs-job /d')
    [ -z "$differ" ] || fail "$notices names what is not in $sbom: ${differ//$'\n'/, }"
    check_paths "$sbom"
    check_paths "$notices"
}
