"""Hooks: scripts for calls and changes of state. They are stored only; none is run, so logs are empty."""

from onesim.api import generic
from onesim.api.absent import ABSENT
from onesim.api.dispatch import METHODS, method
from onesim.cloud.events import is_read
from onesim.cloud.things import Kind, Thing, check_name
from onesim.errors import AuthorizationError, InternalError
from onesim.kinds.vm.states import Lcm, State
from onesim.rights.access import CREATE, MANAGE, authorize
from onesim.text.values import yes_no

API, STATE = "api", "state"
STATES = {
    "HOST": {"INIT", "MONITORED", "ERROR", "DISABLED", "OFFLINE"},
    "IMAGE": {
        "READY", "USED", "DISABLED", "LOCKED", "ERROR", "CLONE", "DELETE", "USED_PERS", "LOCKED_USED",
        "LOCKED_USED_PERS",
    },
    "NET": {"READY", "LOCK_CREATE", "LOCK_DELETE", "DONE", "ERROR"},
    "VM": set(State.__members__),
}  # fmt: skip
LIFE_CYCLE = set(Lcm.__members__)
MOMENTS = {  # for VMs: the state and the life cycle state
    "PROLOG": ("ACTIVE", "PROLOG"),
    "RUNNING": ("ACTIVE", "RUNNING"),
    "SHUTDOWN": ("ACTIVE", "EPILOG"),
    "STOP": ("STOPPED", "LCM_INIT"),
    "DONE": ("DONE", "LCM_INIT"),
    "UNKNOWN": ("ACTIVE", "UNKNOWN"),
}
EMPTY_LOG = "<HOOKLOG></HOOKLOG>"


class Hook(Thing):
    def __init__(self, template, type_name):
        super().__init__(template, uname="oneadmin", gname="oneadmin")
        self.type = type_name

    def inserting(self, cloud):
        template = self.template
        self.name = template.erase("NAME")
        command = template.erase("COMMAND")
        if not command:
            raise InternalError("No COMMAND in template for Hook.")
        template.add("COMMAND", command)
        template.set("REMOTE", yes_no(template.yes("REMOTE")))
        template.erase("TYPE")
        if self.type == API:
            _check_call(template, f"API call does not exist or is not supported: {template.get('CALL')}")
        else:
            _set_states(template)

    @property
    def readable(self):
        """Whether the daemon can read a stored hook: its updates may store an invalid one."""
        resource = self.template.get("RESOURCE")
        return self.type == API or (
            _word(self.template, "STATE") in STATES.get(resource, ())
            and (resource != "VM" or _word(self.template, "LCM_STATE") in LIFE_CYCLE)
        )

    def render(self):
        return f"<HOOK>{self._content()}</HOOK>"

    def info(self, call):
        return f"<HOOK>{self._content()}{EMPTY_LOG}</HOOK>"

    def _content(self):
        return (
            f"<ID>{self.oid}</ID><NAME>{self.name}</NAME><TYPE>{self.type}</TYPE>{self.lock_xml()}{self.template.xml()}"
        )


def _word(template, tag):
    """The name of a state as the daemon compares it: those of networks are not changed."""
    text = template.get(tag)
    return text if template.get("RESOURCE") == "NET" else text.upper()


def _check_call(template, refusal):
    name = template.get("CALL")
    known = name in ABSENT or (name.startswith("one.") and name in METHODS)
    if not name.startswith("one.internal") and (not known or is_read(name)):
        raise InternalError(refusal)
    template.set("CALL", name)


def _set_states(template):
    """Checks the states of a new hook, and writes their names to the template."""
    resource = template.get("RESOURCE")
    if not resource:
        raise InternalError("RESOURCE attribute is required for STATE hooks.")
    if resource not in STATES:
        raise InternalError(f"Invalid resource type: {resource}")
    if resource == "VM":
        _set_vm_states(template)
        return
    word = _word(template, "STATE")
    if resource == "IMAGE" and not template.singles("STATE"):
        raise InternalError("Hook STATE attribute not found or invalid")
    if word not in STATES[resource]:
        raise InternalError(f"Invalid {'or unkown STATE condition' if resource == 'IMAGE' else 'STATE'}: {word}")
    template.set("STATE", word)


def _set_vm_states(template):
    moment = template.erase("ON").upper()
    if moment == "CUSTOM":
        state, phase = _word(template, "STATE"), _word(template, "LCM_STATE")
        for tag, word, words in (("STATE", state, STATES["VM"]), ("LCM_STATE", phase, LIFE_CYCLE)):
            if word not in words:
                raise InternalError(f"Wrong {tag}: {word}")
    elif moment in MOMENTS:
        state, phase = MOMENTS[moment]
    else:
        raise InternalError(f"Unkown state condition: {moment}")
    template.set("STATE", state)
    template.set("LCM_STATE", phase)


def _update_states(template, resource):
    """Checks the states of a hook that was about `resource` before an update. Images and networks accept any text."""
    tags = {"STATE": STATES[resource], **({"LCM_STATE": LIFE_CYCLE} if resource == "VM" else {})}
    for tag, words in tags.items():
        word = template.get(tag) if resource == "NET" else template.get(tag).upper()
        if word in words:
            template.set(tag, word)
        elif resource in ("HOST", "VM") or not template.singles(tag):
            raise InternalError(f"The {tag} attribute is not defined or it's invalid.")


class HookKind(Kind):
    name, title, xml_title, tag, pool_tag = "HOOK", "hook", "Hook", "HOOK", "HOOK_POOL"
    thing = Hook
    lockable = True
    names_per_owner = False

    def created(self, call, template, cluster):
        type_name = template.get("TYPE").lower()
        if type_name not in (API, STATE):
            raise InternalError(f"Invalid Hook type: {type_name}")
        try:
            check_name(template.get("NAME"))
        except InternalError as refusal:
            raise InternalError("Invalid name.") from refusal
        pool = call.cloud.pool("HOOK")
        taken = pool.named(template.get("NAME"))
        if taken:
            raise InternalError(f"NAME is already taken by Hook {taken.oid}.")
        return pool.insert(Hook(template, type_name))

    def updated_template(self, cloud, thing, old):
        template = thing.template
        if not template.get("COMMAND"):
            raise InternalError("The COMMAND attribute is not defined.")
        template.set("COMMAND", template.get("COMMAND"))
        if template.singles("REMOTE"):
            template.set("REMOTE", yes_no(template.yes("REMOTE")))
        if thing.type == API:
            _check_call(template, "The CALL attribute is not defined or it's invalid.")
        else:
            _update_states(template, old.get("RESOURCE"))


KIND = HookKind()
generic.register(KIND, "hook", "info update rename lock unlock delete")
generic.register_pool(KIND, "one.hookpool.info", filtered=False)


@method("one.hook.allocate", "s", kind=KIND, operation=CREATE)
def allocate(call, text):
    return generic.allocate(call, KIND, text)


@method("one.hook.retry", "ii", kind=KIND, operation=MANAGE)
def retry(call, oid, execution):
    authorize(call, (MANAGE, call.cloud.get("HOOK", oid)))
    raise InternalError("Invalid HookLog body. Arguments not found.")


@method("one.hooklog.info", "iiii", kind=KIND, writes=False)
def log_info(call, first, last, oid, verdict):
    if not call.is_admin:
        raise AuthorizationError()
    return EMPTY_LOG
