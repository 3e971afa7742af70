"""`aws` for recover.py: has recover_aws.py run the arguments with this environment, folder, input and output.

Arguments: the socket, and those of `aws`. It starts in milliseconds, because it imports nothing of the AWS CLI.
"""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    socket.send_fds(server, [b"\0"], [0, 1, 2])
    with server.makefile("rw", encoding="utf-8") as file:
        file.write(json.dumps({"args": sys.argv[2:], "env": dict(os.environ), "folder": os.getcwd()}) + "\n")
        file.flush()
        sys.exit(int(file.readline() or 1))
