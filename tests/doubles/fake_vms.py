"""VMs that pass through the states of a real OpenNebula, one state with each poll."""

from lxml import etree

from onecore.basics.errors import ActionError, NoExistsError
from onecore.basics.syntax import parse
from onecore.cloud.campaign import Campaign

from .fake_cloud import FakeCloud, described, element, view

POWER = {"running": (3, 3), "poweroff": (8, 0), "suspended": (5, 0), "stopped": (4, 0), "undeployed": (9, 0)}
#: The target of each action, its allowed states, and the states in between.
ACTIONS = {
    "poweroff": ("poweroff", {"running"}, (3, 18)),
    "suspend": ("suspended", {"running"}, (3, 6)),
    "stop": ("stopped", {"running", "suspended"}, (3, 5)),
    "undeploy": ("undeployed", {"running", "poweroff"}, (3, 29)),
    "resume": ("running", {"poweroff", "suspended", "stopped", "undeployed"}, (3, 20)),
}
BOOT_FAILURE = (3, 36)
DONE = 6


def vm(number=0, name="web", power="running", disks=(0, 1), **content):
    state, lcm = POWER[power]
    found = [{"DISK_ID": disk, "IMAGE_ID": 7 + disk, "IMAGE": f"image{disk}", "TYPE": "FILE"} for disk in disks]
    content = {"TEMPLATE": {"CPU": "1", "MEMORY": "64", "TEMPLATE_ID": "3", "DISK": found}, **content}
    return described("onevm", number, name, **{"STATE": state, "LCM_STATE": lcm, **content})


class FakeVms(FakeCloud):
    """A simulated cloud that runs actions on VMs.

    failing
        ``{(verb, VM): text}``: the driver of this VM fails that verb, with the text in ERROR; a text of ``None``
        stands for a driver that never answers.
    """

    def __init__(self, *vms, failing=(), **objects):
        super().__init__(onevm=list(vms), **objects)
        self.failing = dict(failing)
        self.coming = {each["ID"]: [] for each in vms}
        self.looks = 0
        self.past = []
        for verb in (
            "action",
            "recover",
            "disksnapshotcreate",
            "disksnapshotrevert",
            "disksnapshotdelete",
            "update",
            "snapshotcreate",
            "snapshotrevert",
            "snapshotdelete",
            "resize",
            "diskresize",
        ):
            self.answers[f"one.vm.{verb}"] = getattr(self, f"_{verb}")
        self.answers["one.vmpool.infoset"] = self._infoset
        self.answers["one.template.instantiate"] = self._instantiate

    def body(self, method, *params):
        if method == "one.vmpool.infoextended" and params[3] == DONE:
            return etree.tostring(element("VM_POOL", {"VM": self.past})).decode()
        return super().body(method, *params)

    def vm(self, number):
        return self.objects["onevm"][number]

    def acted(self, verb="action"):
        """The actions on VMs, in order: ``(VM, argument)``."""
        asked = [params for method, params in self.log if method == f"one.vm.{verb}"]
        return [tuple(reversed(params)) for params in asked] if verb == "action" else asked

    # -- reading -------------------------------------------------------------------------------------------------

    def one(self, kind, number):
        self._pass_time([number] if kind.cli == "onevm" else [])
        return super().one(kind, number)

    def _infoset(self, numbers, extended):
        wanted = [int(number) for number in numbers.split(",")]
        self._pass_time(wanted)
        pool = [self.vm(number) for number in wanted if number in self.objects["onevm"]]
        return etree.tostring(element("VM_POOL", {"VM": pool})).decode()

    def _pass_time(self, numbers):
        self.looks += 1
        for number in numbers:
            steps = self.coming.get(number) or []
            if steps and steps[0] is not None:
                steps.pop(0)()

    # -- acting --------------------------------------------------------------------------------------------------

    def _power(self, number):
        state = self.vm(number)["STATE"], self.vm(number)["LCM_STATE"]
        return next((word for word, numbers in POWER.items() if numbers == state), "")

    def _to(self, number, state):
        def step():
            self.vm(number)["STATE"], self.vm(number)["LCM_STATE"] = state

        return step

    def _begin(self, verb, number, steps, back):
        """Start the steps, or all but the last one if the driver is to fail."""
        if (verb, number) in self.failing:
            text = self.failing[verb, number]
            steps = [*steps[:-1], *([None] if text is None else [lambda: self._fail(number, text), back])]
        self.coming[number] = list(steps)

    def _fail(self, number, text):
        attributes = self.vm(number).setdefault("USER_TEMPLATE", {})
        attributes["ERROR"] = text

    def _action(self, action, number):
        verb = action.removesuffix("-hard")
        if verb == "terminate":
            steps = [self._to(number, (3, 12)), lambda: self._end(number)]
            self._begin(verb, number, steps, self._to(number, (3, 3)))
            return number
        wanted, allowed, between = ACTIONS[verb]
        here = self._power(number)
        if here not in allowed:
            raise ActionError(f"This action is not available for state {here}")
        back = self._to(number, BOOT_FAILURE if verb == "resume" else POWER[here])
        self._begin(verb, number, [self._to(number, between), self._to(number, POWER[wanted])], back)
        return number

    def _end(self, number):
        gone = self.objects["onevm"].pop(number)
        self.past.append({**gone, "STATE": DONE, "LCM_STATE": 0})

    def _instantiate(self, template, name, hold, text, persistent):
        number = 1 + max([each["ID"] for each in (*self.objects["onevm"].values(), *self.past)], default=-1)
        given = {key: value for key, value in parse(text).items() if key not in ("AS_UID", "AS_GID")}
        content = self.objects["onetemplate"][template]["TEMPLATE"]
        inner = {"CPU": "1", "MEMORY": "64", "TEMPLATE_ID": template}
        inner["DISK"] = [{"DISK_ID": place, **disk} for place, disk in enumerate(content.get("DISK", []))]
        nics = given.pop("NIC", [])
        inner["NIC"] = [
            {"NIC_ID": place, **nic} for place, nic in enumerate(nics if isinstance(nics, list) else [nics])
        ]
        inner["CONTEXT"] = {**content.get("CONTEXT", {}), **given.pop("CONTEXT", {})}
        self.objects["onevm"][number] = vm(number, name, TEMPLATE=inner, USER_TEMPLATE=given, STATE=1, LCM_STATE=0)
        self._begin("instantiate", number, [lambda: None, self._to(number, (3, 3))], self._to(number, BOOT_FAILURE))
        return number

    def _recover(self, number, operation):
        steps = [lambda: None, self._to(number, (3, 15)), self._to(number, (1, 0)), self._to(number, (3, 3))]
        self.vm(number).pop("SNAPSHOTS", None)
        self._begin("recover", number, steps, self._to(number, BOOT_FAILURE))
        return number

    def _update(self, number, text, mode):
        attributes = self.vm(number).setdefault("USER_TEMPLATE", {})
        attributes.update(parse(text))
        for name in [name for name, value in attributes.items() if value == {}]:
            # An empty vector removes an attribute.
            del attributes[name]
        return number

    def _there_and_back(self, verb, number, through, effect):
        here = self.vm(number)["STATE"], self.vm(number)["LCM_STATE"]
        self._to(number, through)()
        back = self._to(number, here)
        self._begin(verb, number, [lambda: (back(), effect())], back)
        return number

    # -- snapshots -----------------------------------------------------------------------------------------------

    def _of_disk(self, number, disk):
        every = self.vm(number).setdefault("SNAPSHOTS", [])
        found = next((each for each in every if each["DISK_ID"] == disk), None)
        if found is None:
            found = {"DISK_ID": disk, "SNAPSHOT": []}
            every.append(found)
        return found["SNAPSHOT"]

    def _activate(self, number, disk, snapshot):
        for each in self._of_disk(number, disk):
            each["ACTIVE"] = "YES" if each["ID"] == snapshot else ""

    def _disksnapshotcreate(self, number, disk, name):
        every = self._of_disk(number, disk)
        new = max([each["ID"] for each in every], default=-1) + 1

        def effect():
            every.append({"ID": new, "NAME": name, "DATE": 1000 + new})
            self._activate(number, disk, new)

        self._there_and_back("disksnapshotcreate", number, (3, 51), effect)
        return new

    def _disksnapshotrevert(self, number, disk, snapshot):
        verb = "disksnapshotrevert"
        if (f"{verb} {disk}", number) in self.failing:
            self.failing[verb, number] = self.failing.pop((f"{verb} {disk}", number))
        return self._there_and_back(verb, number, (3, 52), lambda: self._activate(number, disk, snapshot))

    def _disksnapshotdelete(self, number, disk, snapshot):
        every = self._of_disk(number, disk)
        target = next(each for each in every if each["ID"] == snapshot)
        if target.get("ACTIVE") == "YES" and target is not every[-1]:
            raise ActionError("Cannot delete the active snapshot with children")
        return self._there_and_back("disksnapshotdelete", number, (3, 53), lambda: every.remove(target))

    def _system(self, number):
        return self.vm(number)["TEMPLATE"].setdefault("SNAPSHOT", [])

    def _snapshotcreate(self, number, name):
        new = {"SNAPSHOT_ID": len(self._system(number)), "NAME": name, "TIME": 1000}
        self._there_and_back("snapshotcreate", number, (3, 24), lambda: self._system(number).append(new))
        return new["SNAPSHOT_ID"]

    def _snapshotrevert(self, number, snapshot):
        return self._there_and_back("snapshotrevert", number, (3, 24), lambda: None)

    def _snapshotdelete(self, number, snapshot):
        target = next((each for each in self._system(number) if each["SNAPSHOT_ID"] == snapshot), None)
        if target is None:
            raise NoExistsError(f"snapshot {snapshot} does not exist")
        return self._there_and_back("snapshotdelete", number, (3, 24), lambda: self._system(number).remove(target))

    # -- size ----------------------------------------------------------------------------------------------------

    def _resize(self, number, text, enforce):
        wanted = parse(text)
        return self._there_and_back("resize", number, (3, 66), lambda: self.vm(number)["TEMPLATE"].update(wanted))

    def _diskresize(self, number, disk, size):
        target = next(each for each in self.vm(number)["TEMPLATE"]["DISK"] if each["DISK_ID"] == disk)
        return self._there_and_back("diskresize", number, (3, 62), lambda: target.update(SIZE=size))


def with_snapshots(content, names, disks=(0, 1)):
    """The content of a VM whose disks have these snapshots; the last one is active."""
    content["SNAPSHOTS"] = [
        {
            "DISK_ID": disk,
            "SNAPSHOT": [
                {"ID": number, "NAME": name, "DATE": 1000 + number, "ACTIVE": "YES" if name == names[-1] else ""}
                for number, name in enumerate(names)
            ],
        }
        for disk in disks
    ]
    return content


def cloud_of(fake):
    """A view of such a cloud, in which polls advance the VMs, not time."""
    return view(fake, lambda seconds: None)


def cloud_with(*vms, **options):
    """Such a cloud, and a view of it."""
    fake = FakeVms(*vms, **options)
    return fake, cloud_of(fake)


def run(cloud, procedure):
    """Run a procedure for one VM; returns its task in a campaign."""
    campaign = Campaign(cloud)
    task = campaign.add("it", procedure)
    campaign.run()
    return task
