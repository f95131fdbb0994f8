"""Refuse every connection that leaves this machine. Python runs this first where this folder is on PYTHONPATH.

`make test` re-executes the notebooks with it: a cell that calls the network fails there, or says so on stderr, which
nbval compares. Kernels talk to nbval below Python's sockets and are not touched.
"""

import socket
import sys

LOCAL = {"localhost", "127.0.0.1", "::1", "", None}
connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


def refuse(host):
    # Said even where the caller swallows the error.
    print(f"A network call to {host}: notebooks make none unless the reader asks.", file=sys.stderr)
    raise OSError(f"A network call to {host} was refused (tests/offline).")


def leaves(connection, address):
    return connection.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOCAL


def guarded_connect(connection, address):
    if leaves(connection, address):
        refuse(address[0])
    return connect(connection, address)


def guarded_connect_ex(connection, address):
    if leaves(connection, address):
        refuse(address[0])
    return connect_ex(connection, address)


def guarded_getaddrinfo(host, *arguments, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in LOCAL:
        refuse(name)
    return getaddrinfo(host, *arguments, **options)


socket.socket.connect = guarded_connect
socket.socket.connect_ex = guarded_connect_ex
socket.getaddrinfo = guarded_getaddrinfo
