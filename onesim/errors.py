"""The errors of calls: one exception for each result code of the API, with the messages of the daemon."""

AUTHENTICATION = 0x100
AUTHORIZATION = 0x200
NO_EXISTS = 0x400
ACTION = 0x800
RPC_API = 0x1000
INTERNAL = 0x2000
ALLOCATE = 0x4000
LOCKED = 0x8000

FAULT_TYPE = -501
FAULT_MEMBER = -502
FAULT_PARSE = -503
FAULT_INTERNAL = -500
FAULT_NO_METHOD = -506
FAULT_RECURSION = -507
FAULT_LIMIT = -509


class OneError(Exception):
    """A refused call. `oid` is the fourth element of the answer: the missing object, or -1."""

    code = INTERNAL

    def __init__(self, text="", oid=-1):
        super().__init__(text)
        self.text = text
        self.oid = oid

    def message(self, call):
        """The text of the answer, without the leading method name."""
        return self.text


class AuthenticationError(OneError):
    code = AUTHENTICATION

    def message(self, call):
        return "User couldn't be authenticated, aborting call."


class AuthorizationError(OneError):
    code = AUTHORIZATION

    def message(self, call):
        if not self.text:
            return f"User [{call.uid}] not authorized to perform action on {call.title}."
        return f"User [{call.uid}] : {self.text}."


class NoExistsError(OneError):
    """There is no object with that ID. `title` names its kind ("virtual network"); by default that of the method."""

    code = NO_EXISTS

    def __init__(self, oid=-1, title=None):
        super().__init__("", oid)
        self.title = title

    def message(self, call):
        title = self.title or call.title
        return f"Error getting {title}" + (f" [{self.oid}]." if self.oid != -1 else " Pool.")


class ActionError(OneError):
    code = ACTION


class ApiError(OneError):
    code = RPC_API


class InternalError(OneError):
    code = INTERNAL


class AllocateError(OneError):
    code = ALLOCATE

    def __init__(self, text="", title=None):
        super().__init__(text)
        self.title = title

    def message(self, call):
        return f"Error allocating a new {self.title or call.title}." + (f" {self.text}" if self.text else "")


class LockedError(OneError):
    code = LOCKED

    def message(self, call):
        return f"The resource {call.title} is locked." + (f" [{self.oid}]." if self.oid != -1 else "")


NO_ANSWER = (
    "Unexpected error executing code for particular method, detected by Xmlrpc-c method registry code.  "
    "Method did not fail; rather, it did not complete at all.  "
)


class Fault(Exception):
    """An XML-RPC fault: the call did not reach the daemon's own code."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = text
