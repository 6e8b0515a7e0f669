"""What is started as the process: ``stand_in.py SOCKET -m MODULE [WORDS]``. It loads next to nothing."""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    socket.send_fds(server, [b"."], [0, 1, 2])
    order = {
        "module": sys.argv[3],
        "words": sys.argv[4:],
        "cwd": os.getcwd(),  # noqa: PTH109 (it would be loaded)
        "env": dict(os.environ),
    }
    server.sendall(json.dumps(order).encode())
    server.shutdown(socket.SHUT_WR)
    code = server.recv(1)
os._exit(code[0] if code else 1)
