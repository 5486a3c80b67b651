"""The events of the daemon's hook manager: changes of state and calls, in two frames each, a key and base64 of XML."""

import base64

_MARK = "****"


class EventError(Exception):
    """Events cannot be published: no pyzmq, or the port is taken."""


class Publisher:
    """A ZeroMQ PUB socket at host:port (0: a free one)."""

    def __init__(self, host, port):
        try:
            import zmq
        except ImportError as error:
            raise EventError("--events needs pyzmq") from error
        self._socket = zmq.Context.instance().socket(zmq.PUB)
        self._socket.linger = 0
        try:
            self._socket.bind(f"tcp://{host}:{port or '*'}")
        except zmq.ZMQError as error:
            raise EventError(f"port {port} for events: {error}") from error
        self.endpoint = self._socket.last_endpoint.decode()

    def publish(self, key, message):
        """One event; called by one thread at a time, the one that holds the cloud's lock."""
        self._socket.send_multipart([f"EVENT {key}".encode(), base64.b64encode(message.encode())])

    def close(self):
        self._socket.close()


class Events:
    """Converts changes of a cloud to events; `publish(key, message)` sends them."""

    def __init__(self, publish):
        self.publish = publish

    def state(self, thing):
        """An object has a new state, and still stores the previous one."""
        thing.renew()
        kind = thing.kind
        state, phase = kind.state_words(thing)
        message = (
            f"<HOOK_MESSAGE><HOOK_TYPE>STATE</HOOK_TYPE><HOOK_OBJECT>{kind.name}</HOOK_OBJECT><STATE>{state}</STATE>"
            f"{kind.state_message(thing)}</HOOK_MESSAGE>"
        )
        self.publish(f"{kind.name} {thing.oid}/{state}/{phase} ", message)
        self.publish(f"STATE {kind.name}/{state}/{phase}/{thing.oid} ", message)
        if service := kind.service(thing):
            self.publish(f"SERVICE {service} ", message)

    @staticmethod
    def doomed(method, call, params):
        """The current object that a call is about to delete; "" for other calls."""
        oid = params[1] if method.name.endswith(".delete") and len(params) > 1 else None
        thing = call.cloud.find(method.kind.name, oid) if isinstance(oid, int) else None
        return thing.record if thing else ""

    def call(self, method, call, params, answer, extra=""):
        """A call has ended; `extra` is the result of `doomed`."""
        if is_read(method.name):
            return
        succeeded, value, code, *rest = answer
        if succeeded and method.name.endswith(".allocate"):
            extra = _made(method, call, value)
        hidden = {0, *method.hidden}
        given = [_MARK if position in hidden else _text(param, "10") for position, param in enumerate(params)]
        result = ["true" if succeeded else "false", _text(value, ("true", "false")), code, *rest[:1]]
        self.publish(
            f"API {method.name} {succeeded:d}",
            f"<HOOK_MESSAGE><HOOK_TYPE>API</HOOK_TYPE><CALL>{method.name}</CALL>"
            f"<CALL_INFO><RESULT>{succeeded:d}</RESULT>"
            f"<PARAMETERS>{_parameters('IN', given)}{_parameters('OUT', result)}</PARAMETERS><EXTRA>{extra}</EXTRA>"
            "</CALL_INFO></HOOK_MESSAGE>",
        )


def is_read(name):
    """Whether calls of a method are not published."""
    return name == "one.vmpool.infoextended" or (name.endswith(".info") and not name.startswith("one.backupjob"))


def _made(method, call, oid):
    thing = call.cloud.find(method.kind.name, oid)
    return thing.record if thing else ""


def _parameters(way, values):
    return "".join(
        f"<PARAMETER><POSITION>{position}</POSITION><TYPE>{way}</TYPE><VALUE>{value}</VALUE></PARAMETER>"
        for position, value in enumerate(values, 1)
    )


def _text(value, words):
    """A parameter as the daemon prints it; `words` stand for true and false, a list is empty."""
    if isinstance(value, bool):
        return words[not value]
    if isinstance(value, list):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
