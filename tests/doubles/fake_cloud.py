"""An OpenNebula that answers from memory, for what an embedded OpenNebula cannot be brought to do.

Pools are lists of XML elements. Reads are answered from them, writes are noted and answered with 0, or with what
`answers` says: a value, an exception to raise, or a function of the parameters.
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
#: Of objects with which nothing is under way.
STATES = {"onevnet": {"STATE": 1}, "oneimage": {"STATE": 1}, "onevm": {"STATE": 3, "LCM_STATE": 3}}
#: How often a run may look without anything happening: once for each step that a VM takes at once.
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
    """The content of an object's element, as the daemon tells it."""
    head = {"ID": number, "NAME": name, **STATES.get(cli, {})}
    if KINDS[cli].per_owner:
        users = {"oneadmin": 0, "alice": 2, "bob": 3}
        head |= {"UID": users[owner], "GID": 1, "UNAME": owner, "GNAME": "users", "PERMISSIONS": permissions(mode)}
    return head | marked(KINDS[cli], name, content)


def marked(kind, name, content):
    """``content``, where a mark that says only who made the object, and for whom, also says which object it is."""
    attributes = content.get(kind.template)
    if not isinstance(attributes, dict) or str(attributes.get(MARK)).count("/") != 1:
        return content
    return content | {kind.template: attributes | {MARK: f"{attributes[MARK]}/{kind.cli}/{name}"}}


def resource(cli, number=7, name="it", **content):
    """An object as the engine sees it."""
    kind = KINDS[cli]
    return Resource(element(kind.element, described(cli, number, name, **content)), kind.template, cli)


class FakeCloud(Recorded):
    """A transport to an OpenNebula that is made up."""

    def __init__(self, answers=None, **objects):
        """objects: by CLI name, each a list of contents as `described` makes them."""
        super().__init__()
        self.objects = {cli: {each["ID"]: each for each in given} for cli, given in objects.items()}
        self.answers = dict(answers or {})

    def reply(self, method, params):
        body = self.body(method, *params[1:])
        return [True, 0 if body is None else body, 0]

    def body(self, method, *params):
        """What a call comes to; an exception stands for a client that gave up."""
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
    """What a run knows of the cloud behind a transport."""
    return Cloud(Client("http://made-up/RPC2", f"{account}:secret", transport=transport), sleep=sleep)


def cloud_of(fake, *events, account="oneadmin"):
    """A view of a made-up cloud; what happens while it waits, an event a look, instead of time that passes."""
    coming = [*events, *[lambda: None] * IDLE_LOOKS]

    def sleep(seconds):
        assert coming, "it waits for what does not come"
        coming.pop(0)()

    return view(fake, sleep, account)


def cloud(answers=None, **objects):
    return cloud_of(FakeCloud(answers, **objects))
