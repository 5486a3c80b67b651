"""The conversations of the machines in tests, run inside a namespace.

Each server prints a line when it is ready. Each client prints the answer, or nothing without one.
"""

import socket
import struct
import sys
import threading

PATIENCE = 3.0
#: Lets a socket have a foreign address; Python has no name for it.
IP_TRANSPARENT = 19


def serve(name, *ports):
    """Answer on TCP ports with a name and the address of the client, repeatedly."""
    for port in ports:
        listener = socket.create_server(("0.0.0.0", int(port)))
        threading.Thread(target=_accept, args=(listener, name), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


def _accept(listener, name):
    while True:
        connection, (address, _) = listener.accept()
        threading.Thread(target=_answer, args=(connection, f"{name} {address}"), daemon=True).start()


def _answer(connection, text):
    while connection.recv(1024):
        connection.sendall(text.encode())


def ask(address, port):
    """Ask such a server for its name, and for the client's address."""
    with socket.create_connection((address, int(port)), PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(b"who?")
        print(connection.recv(1024).decode().strip())


def hold(address, port):
    """Keep a connection and ask on it once for each input line."""
    with socket.create_connection((address, int(port)), PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        print("ready", flush=True)
        for _ in sys.stdin:
            try:
                connection.sendall(b"who?")
                print(connection.recv(1024).decode().strip(), flush=True)
            except OSError as error:
                print(f"broken: {error}", flush=True)


def hear(port):
    """Print each received datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("0.0.0.0", int(port)))
        print("ready", flush=True)
        while True:
            print(server.recv(1024).decode(), flush=True)


def send(source, address, port, text):
    """Send a datagram, possibly from a foreign address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
        client.bind((source, 0))
        client.sendto(text.encode(), (address, int(port)))


def ping(address):
    """Print the address if it answers an echo request."""
    request = struct.pack(">BBHHH", 8, 0, 0, 4711, 1)
    request = request[:2] + struct.pack(">H", ~sum(struct.unpack(">4H", request)) & 0xFFFF) + request[4:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as client:
        client.settimeout(PATIENCE)
        client.sendto(request, (address, 0))
        while True:
            packet, (sender, _) = client.recvfrom(1024)
            if sender == address and packet[20] == 0 and packet[24:28] == request[4:]:
                print(sender)
                return


def resolve(server, name):
    """Resolve a name with a name server."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query = struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.sendto(query, (server, 53))
        answer = client.recv(4096)
    if struct.unpack(">H", answer[6:8])[0]:
        print(socket.inet_ntoa(answer[-4:]))


def names(address):
    """A name server with the same address for every name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("0.0.0.0", 53))
        print("ready", flush=True)
        while True:
            query, client = server.recvfrom(4096)
            head = query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0)
            question = query[12 : query.index(b"\0", 12) + 5]
            record = b"\xc0\x0c" + struct.pack(">2HIH", 1, 1, 60, 4) + socket.inet_aton(address)
            server.sendto(head + question + record, client)


CONVERSATIONS = {each.__name__: each for each in (serve, ask, hold, hear, send, ping, resolve, names)}

if __name__ == "__main__":
    try:
        CONVERSATIONS[sys.argv[1]](*sys.argv[2:])
    except OSError as error:
        sys.exit(str(error))
