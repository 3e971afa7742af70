"""Prints folder and program of each test of a crate, from the messages of `cargo test --no-run` on standard input."""

import json
import os
import sys

wanted, found = sys.argv[1], []
for line in sys.stdin:
    message = json.loads(line) if line.startswith("{") else {}
    manifest = message.get("manifest_path", "")
    if not message.get("executable") or not message["profile"]["test"]:
        continue
    # path+file:///…/findings-core#0.1.0, or …/web#findings-web@0.1.0 if the folder has another name
    _, _, name = message["package_id"].rpartition("#")
    name = name.partition("@")[0] if "@" in name else os.path.basename(os.path.dirname(manifest))
    if name == wanted:
        found.append(f"{os.path.dirname(manifest)}\t{message['executable']}")
if not found:
    sys.exit(f'no crate of the workspace that has tests is called "{wanted}"')
print("\n".join(found))
