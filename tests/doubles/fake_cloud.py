"""A simulated OpenNebula that answers from memory, for behaviour that onesim cannot show.

Pools are lists of XML elements. Reads are answered from them, writes are recorded and answered with 0, or according to
`answers`: a value, an exception to raise, or a function of the parameters.
"""

from lxml import etree

from onecore.basics.errors import NoExistsError
from onecore.basics.marks import MARK
from onecore.cloud.directory import EVERY
from onecore.cloud.resource import Resource
from onecore.cloud.view import Cloud
from onecore.kinds.registry import KINDS
from onecore.wire.client import Client

from .recorded import Recorded

KINDS = {**{each.cli: each for each in EVERY}, **KINDS}
#: The state of settled objects.
STATES = {"onevnet": {"STATE": 1}, "oneimage": {"STATE": 1}, "onevm": {"STATE": 3, "LCM_STATE": 3}}
#: The maximum number of polls without a change: one for each step of a VM.
IDLE_LOOKS = 5
DIGITS = ["OWNER_U", "OWNER_M", "OWNER_A", "GROUP_U", "GROUP_M", "GROUP_A", "OTHER_U", "OTHER_M", "OTHER_A"]


def element(tag, content):
    """An XML element; mappings become children, lists repeated ones, anything else text."""
    node = etree.Element(tag)
    if isinstance(content, dict):
        for name, value in content.items():
            for each in value if isinstance(value, list) else [value]:
                node.append(element(name, each))
    elif content is not None:
        node.text = str(content)
    return node


def permissions(octal):
    flags = "".join(f"{int(digit):03b}" for digit in octal)
    return dict(zip(DIGITS, flags, strict=True))


def described(cli, number, name, owner="alice", mode="600", **content):
    """The content of an object's element, in the daemon's terms."""
    head = {"ID": number, "NAME": name, **STATES.get(cli, {})}
    if KINDS[cli].per_owner:
        users = {"oneadmin": 0, "alice": 2, "bob": 3}
        head |= {"UID": users[owner], "GID": 1, "UNAME": owner, "GNAME": "users", "PERMISSIONS": permissions(mode)}
    return head | marked(KINDS[cli], name, content)


def marked(kind, name, content):
    """``content``, with the kind and name in its mark."""
    attributes = content.get(kind.template)
    if not isinstance(attributes, dict) or str(attributes.get(MARK)).count("/") != 1:
        return content
    return content | {kind.template: attributes | {MARK: f"{attributes[MARK]}/{kind.cli}/{name}"}}


def resource(cli, number=7, name="it", **content):
    """An object as the engine reads it."""
    kind = KINDS[cli]
    return Resource(element(kind.element, described(cli, number, name, **content)), kind.template, cli)


class FakeCloud(Recorded):
    """The transport of a simulated OpenNebula."""

    def __init__(self, answers=None, **objects):
        """objects: by CLI name, each a list of contents like those of `described`."""
        super().__init__()
        self.objects = {cli: {each["ID"]: each for each in given} for cli, given in objects.items()}
        self.answers = dict(answers or {})

    def reply(self, method, params):
        body = self.body(method, *params[1:])
        return [True, 0 if body is None else body, 0]

    def body(self, method, *params):
        """The result of a call; an exception stands for a client without an answer."""
        if method in self.answers:
            answer = self.answers[method]
            if isinstance(answer, Exception):
                raise answer
            return answer(*params) if callable(answer) else answer
        for kind in KINDS.values():
            if method == kind.pool:
                pool = {kind.element: list(self.objects.get(kind.cli, {}).values())}
                return etree.tostring(element(f"{kind.element}_POOL", pool)).decode()
            if method == f"{kind.prefix}.info":
                return self.one(kind, params[0])
        return "7.4.0" if method == "one.system.version" else 0

    def one(self, kind, number):
        """The text of one object."""
        if number not in self.objects.get(kind.cli, {}):
            raise NoExistsError(f"Error getting {kind.title} [{number}].", code=0x400)
        return etree.tostring(element(kind.element, self.objects[kind.cli][number])).decode()


def view(transport, sleep, account="oneadmin"):
    """A view of the cloud of a transport."""
    return Cloud(Client("http://made-up/RPC2", f"{account}:secret", transport=transport), sleep=sleep)


def cloud_of(fake, *events, account="oneadmin"):
    """A view of a simulated cloud, in which each pause is replaced by the next event."""
    coming = [*events, *[lambda: None] * IDLE_LOOKS]

    def sleep(seconds):
        assert coming, "it waits for what does not come"
        coming.pop(0)()

    return view(fake, sleep, account)


def cloud(answers=None, **objects):
    return cloud_of(FakeCloud(answers, **objects))
