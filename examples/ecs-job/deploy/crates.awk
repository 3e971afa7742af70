# Makes of two lists of `cargo tree --prefix depth`, that of the crates in the program and that of all crates of the build, the JSON in which cargo
# (-Z sbom) describes a build. What the first list does not have is of the kind "build".

# Returns the number of a crate, from 0 on.
function number_of(name, version, place) {
    id = name "@" version
    if (!(id in known)) {
        known[id] = count++
        ids[known[id]] = (place ~ /^\(\// ? "path+file:///src/" name : "registry+https://github.com/rust-lang/crates.io-index") "#" id
    }
    return known[id]
}

FNR == 1 { kind = kind == "" ? "normal" : "build" }

{
    crate = number_of($2, substr($3, 2), $4)
    branch[$1] = crate
    if ($1 > 0) {
        parent = branch[$1 - 1]
        if (!((parent, crate) in edges)) {
            edges[parent, crate] = kind
            needs[parent] = needs[parent] (needs[parent] == "" ? "" : ",") "{\"index\":" crate ",\"kind\":\"" kind "\"}"
        }
    }
}

END {
    printf "{\"version\":1,\"root\":0,\"crates\":["
    for (i = 0; i < count; i++)
        printf "%s{\"id\":\"%s\",\"kind\":[],\"features\":[],\"dependencies\":[%s]}", i ? "," : "", ids[i], needs[i]
    print "],\"rustc\":{\"version\":\"\",\"wrapper\":null,\"workspace_wrapper\":null,\"commit_hash\":\"\",\"host\":\"\",\"verbose_version\":\"\"}}"
}
