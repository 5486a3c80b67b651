"""A gateway's configuration as one transaction, on a machine of plain data."""

import contextlib
import socket

import pytest

from onecore.basics.errors import RefusedError
from onecore.bridge import gateway as seam
from onecore.gateway import pieces as parts
from onecore.gateway.deployment import Deployment, present, remove
from onecore.gateway.pieces import Dnsmasq, Firewall, Network, Networkd, NetworkManager, WaitOnline
from onecore.gateway.system import Failed, System

MASTER = ("192.168.230.5", 4506)


class FakeSystem(System):
    """A machine whose rules, addresses and server are what was loaded last."""

    def __init__(self):
        super().__init__({"restart": self._restart, "stop": self._stop, "status": self._status})
        self.__dict__.update(files={}, rules=None, held=set(), served=None, broken=set(), said=[], cut=None, way="eth0")
        #: The manager that runs, the folders of managers, and whether it has eth1.
        self.__dict__.update(manager=None, folders=set(), managed=True, tools={"nft", "dnsmasq"})

    def read(self, path):
        return self.files.get(path)

    def write(self, path, text):
        self.files[path] = text

    def remove(self, path):
        self.files.pop(path, None)

    def exists(self, path):
        return path in self.folders

    def has(self, program):
        return program in self.tools

    def interfaces(self):
        return [{"name": "eth1", "mac": "02:00:00:00:00:01", "addresses": sorted(self.held)}]

    def ways_out(self):
        return {self.way}

    def answers(self, address, port):
        return not (self.cut and self.rules and self.cut in self.rules)

    def run(self, command, text=""):
        self.said.append(" ".join(command))
        asked = self.files.get(command[-1], text)
        for problem in self.broken:
            if problem in asked:
                raise Failed(f"{command[0]}: {problem}")
        if command[:2] == ["nft", "--file"]:
            self.__dict__["rules"] = None if "delete" in asked and "chain" not in asked else asked
        elif command[:2] == ["nft", "--stateless"] and self.rules is None:
            raise Failed("there is no such table")
        elif command[0] in ("networkctl", "nmcli"):
            return self._manage(command)
        elif command[0] == "ip":
            for line in asked.splitlines():
                words = line.split()
                {"replace": self.held.add, "delete": self.held.discard}.get(words[1], str)(words[2])
            self.__dict__["way"] = "eth0"
        return self.rules or ""

    def _manage(self, command):
        """One of the two managers, which both name interfaces in a file of theirs."""
        kind = Networkd if command[0] == "networkctl" else NetworkManager
        if "reload" in command:
            named = "eth1" in kind.interface.findall(self.files.get(kind.path, ""))
            if self.managed and named:
                self.held.clear()
            self.__dict__["managed"] = not named or "stubborn" in self.broken
        state = "configured" if self.managed else "unmanaged"
        if kind is Networkd:
            return f"  1 lo   loopback carrier  unmanaged\n  2 eth1 ether    routable {state}\n"
        return f"eth1:{state}\nlo:unmanaged\n"

    def _status(self, unit):
        return self.served is not None if unit == Dnsmasq.unit else unit == self.manager

    def _restart(self, unit):
        conf = self.files[Dnsmasq.path]
        self.__dict__["served"] = None if "refuses to start" in conf else conf
        return self.served is not None

    def _stop(self, unit):
        self.__dict__["served"] = None


@pytest.fixture
def system():
    return FakeSystem()


def pieces(rules="rules", address="192.168.0.1/24", names="names"):
    return [Firewall(rules), Network(f"address replace {address} broadcast + dev eth1\n"), Dnsmasq(names)]


def deploy(system, wanted, masters=()):
    deployment = Deployment(system, wanted, masters)
    pending = deployment.pending()
    deployment.run(pending)
    return list(pending)


def told(system):
    """What the machine does, and the files that say so."""
    return (dict(system.files), system.rules, set(system.held), system.served)


def test_the_first_time(system):
    assert deploy(system, pieces()) == ["firewall", "network", "dnsmasq"]
    assert (system.rules, system.held, system.served) == ("rules", {"192.168.0.1/24"}, "names")


def test_the_second_time(system):
    deploy(system, pieces())
    before = told(system)
    assert deploy(system, pieces()) == []
    assert told(system) == before


def test_only_what_differs_is_loaded(system):
    deploy(system, pieces())
    system.said.clear()
    assert deploy(system, pieces(rules="others")) == ["firewall"]
    assert not [command for command in system.said if command.startswith("ip -force")]


def test_what_a_network_loses(system):
    deploy(system, pieces())
    deploy(system, pieces(address="192.168.9.1/24"))
    assert system.held == {"192.168.9.1/24"}


MANAGERS = [
    (Networkd, "[Match]\nName=eth1\n\n[Link]\nUnmanaged=yes\n", "networkctl reload"),
    (NetworkManager, "[keyfile]\nunmanaged-devices+=interface-name:eth1\n", "nmcli general reload conf"),
]


@pytest.fixture(params=MANAGERS, ids=lambda manager: manager[0].name)
def managed(request, system):
    """A gateway's pieces on a machine with one of the managers, and what makes it read its files."""
    kind, text, reload = request.param
    system.__dict__["manager"] = kind.unit
    firewall, *rest = pieces()
    return [firewall, kind(text), *rest], reload


def test_a_manager_leaves_the_interfaces_alone_before_they_get_their_addresses(system, managed):
    wanted, reload = managed
    assert deploy(system, wanted) == ["firewall", wanted[1].name, "network", "dnsmasq"]
    assert not system.managed
    assert system.held == {"192.168.0.1/24"}
    assert system.said.count(reload) == 1
    assert deploy(system, wanted) == []


def test_a_manager_that_lets_go_later_takes_nothing_along(system, managed):
    wanted, _ = managed
    deploy(system, [wanted[0], *wanted[2:]])
    assert deploy(system, wanted) == [wanted[1].name]
    assert (system.managed, system.held) == (False, {"192.168.0.1/24"})


def test_a_manager_that_has_taken_an_interface_is_told_again(system, managed):
    wanted, _ = managed
    deploy(system, wanted)
    system.__dict__["managed"] = True
    assert deploy(system, wanted) == [wanted[1].name]
    assert (system.managed, system.held) == (False, {"192.168.0.1/24"})


def test_a_manager_that_does_not_let_go_takes_back_everything(system, managed, monkeypatch):
    monkeypatch.setattr(parts, "PATIENCE", 0)
    monkeypatch.setattr(parts, "PAUSE", 0)
    wanted, _ = managed
    system.broken.add("stubborn")
    with pytest.raises(RefusedError, match=f"{wanted[1].unit} does not leave eth1 alone; everything is as it was"):
        deploy(system, wanted)
    assert told(system) == ({}, None, set(), None)


def test_a_manager_gets_back_what_it_had(system, managed):
    wanted, reload = managed
    deploy(system, wanted)
    system.said.clear()
    remove(system)
    assert system.managed
    assert system.said[-2:] == [reload, "nft --file -"]
    assert told(system) == ({}, None, set(), None)


def test_a_manager_that_does_not_run_is_asked_nothing(system, managed):
    wanted, _ = managed
    system.__dict__["manager"] = None
    deploy(system, wanted)
    remove(system)
    assert not [command for command in system.said if command.startswith(("networkctl", "nmcli"))]


@pytest.mark.parametrize(
    "damage", [{"rules": None}, {"rules": "mine"}, {"held": set()}, {"way": "eth1"}, {"served": None}]
)
def test_what_others_have_changed(system, damage):
    deploy(system, pieces())
    before = told(system)
    system.__dict__.update(damage)
    assert len(deploy(system, pieces())) == 1
    assert told(system) == before


def test_nothing_is_replaced_while_anything_is_not_valid(system):
    deploy(system, pieces())
    before = told(system)
    system.broken.update({"bad rule", "bad name"})
    with pytest.raises(RefusedError) as error:
        deploy(system, pieces("bad rule", "192.168.9.1/24", "bad name"))
    assert str(error.value) == "Nothing was changed: firewall: nft: bad rule; dnsmasq: dnsmasq: bad name"
    assert told(system) == before


def test_what_cannot_be_loaded_takes_back_everything(system):
    deploy(system, pieces())
    before = told(system)
    with pytest.raises(RefusedError, match="does not start; everything is as it was before"):
        deploy(system, pieces("others", "192.168.9.1/24", "refuses to start"))
    assert told(system) == before


def test_the_first_time_fails_and_leaves_nothing(system):
    with pytest.raises(RefusedError, match="everything is as it was before"):
        deploy(system, pieces(names="refuses to start"))
    assert told(system) == ({}, None, set(), None)


def test_a_master_that_does_not_answer_any_more_takes_back_everything(system):
    deploy(system, pieces())
    before = told(system)
    system.__dict__["cut"] = "cutting"
    with pytest.raises(RefusedError, match=r"cut off from its master 192.168.230.5:4506; everything is as it was"):
        deploy(system, pieces("cutting", "192.168.9.1/24"), [MASTER])
    assert told(system) == before


def test_a_master_that_did_not_answer_before_is_no_reason(system):
    deploy(system, pieces("cutting"))
    system.__dict__["cut"] = "cutting"
    assert deploy(system, pieces("cutting", "192.168.9.1/24"), [MASTER]) == ["network"]


def test_what_cannot_be_taken_back_is_said(system):
    deploy(system, pieces())
    system.files[Dnsmasq.path] = "refuses to start"
    with pytest.raises(RefusedError, match=r"does not start; taking it back: the service .* does not start"):
        deploy(system, pieces("others", names="refuses to start, too"))
    assert system.rules == "rules"


def test_removal(system):
    deploy(system, pieces())
    assert [piece.name for piece in present(system)] == ["firewall", "network", "dnsmasq"]
    remove(system)
    assert told(system) == ({}, None, set(), None)
    remove(system)


def test_a_removal_that_fails_goes_on(system):
    deploy(system, pieces())
    system.broken.add("address delete")
    with pytest.raises(RefusedError, match="network: ip: address delete"):
        remove(system)
    assert (system.rules, system.served, system.held) == (None, None, {"192.168.0.1/24"})


def test_files_of_a_real_machine(tmp_path):
    system, path = System({}), tmp_path / "onegateway" / "file"
    assert system.read(str(path)) is None
    system.write(str(path), "text\n")
    assert system.read(str(path)) == "text\n"
    assert [each.name for each in path.parent.iterdir()] == ["file"]
    assert path.stat().st_mode & 0o777 == 0o644
    assert system.exists(str(path)) and system.exists(str(path.parent)) and not system.exists(f"{path}s")
    system.remove(str(path))
    system.remove(str(path))
    assert list(tmp_path.iterdir()) == []


def test_commands_of_a_real_machine():
    system = System({})
    assert system.run(["cat"], "text") == "text"
    assert system.has("cat") and not system.has("no-such-command")
    with pytest.raises(Failed, match=r"^sh -c echo no >&2; false: no$"):
        system.run(["sh", "-c", "echo no >&2; false"])
    with pytest.raises(Failed, match="no-such-command"):
        system.run(["no-such-command"])


def test_connections_of_a_real_machine():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        assert System({}).answers("127.0.0.1", port)
    assert not System({}).answers("127.0.0.1", port)


@pytest.mark.parametrize(
    ("opts", "declared", "masters"),
    [
        ({"file_client": "local", "master": "127.0.0.1"}, None, []),
        ({"file_client": "local"}, ["127.0.0.1"], [("127.0.0.1", 4505), ("127.0.0.1", 4506)]),
        ({"master": "127.0.0.1", "master_port": 5506}, None, [("127.0.0.1", 4505), ("127.0.0.1", 5506)]),
        ({"master": ["127.0.0.1", "127.0.0.2"]}, "127.0.0.3", [("127.0.0.3", 4505), ("127.0.0.3", 4506)]),
        ({"master": "no such host."}, None, []),
    ],
)
def test_whom_a_minion_must_reach(opts, declared, masters):
    assert seam.masters_of({"__opts__": opts}, declared) == masters


PART = {"user": "alice", "networks": {"academie": {"address": "192.168.0.1", "cidr": "192.168.0.0/24"}}}


@pytest.fixture
def module(system, monkeypatch):
    """The ``globals()`` of a state module on that machine, whose one NIC the context tells of."""
    monkeypatch.setattr(seam, "system_of", lambda module: system)
    nic = {"name": "ETH1", "mac": "02:00:00:00:00:01", "ip": "192.168.0.1"}
    return {
        "__opts__": {"file_client": "local"},
        "__grains__": {"opennebula": {"interfaces": [nic]}},
        "__pillar__": {"gateway": PART},
        "__salt__": {},
    }


def test_what_waits_for_networkd_waits_again_once_there_is_an_uplink(system, module, monkeypatch):
    system.folders.add("/etc/systemd/network")
    assert "wait-online" in seam.configured(module, "x")["changes"]
    assert "ConditionPathExists" in system.files[WaitOnline.path]
    uplink = {"name": "eth0", "mac": "02:00:00:00:00:02", "addresses": []}
    both = [*system.interfaces(), uplink]
    monkeypatch.setattr(FakeSystem, "interfaces", lambda self: both)
    module["__grains__"]["opennebula"]["interfaces"].append({**uplink, "name": "ETH0", "ip": "192.168.230.11"})
    assert "wait-online" in seam.configured(module, "x")["changes"]
    assert system.files[WaitOnline.path] == ""
    assert seam.configured(module, "x")["changes"] == {}


def test_the_states(system, module):
    assert seam.validated(module, "x")["result"] is True
    assert list(seam.configured(module, "x")["changes"]) == ["firewall", "network", "dnsmasq"]
    assert seam.configured(module, "x")["changes"] == {}
    system.folders.update({"/etc/systemd/network", "/etc/NetworkManager"})
    assert list(seam.configured(module, "x")["changes"]) == ["networkd", "wait-online", "NetworkManager"]
    assert len(seam.rendered(module)) == 6
    assert seam.absent({**module, "__opts__": {"test": True}}, "x")["result"] is None
    every = ["firewall", "networkd", "wait-online", "NetworkManager", "network", "dnsmasq"]
    assert list(seam.absent(module, "x")["changes"]) == every
    assert seam.absent(module, "x")["changes"] == {}


@pytest.mark.parametrize("state", [seam.validated, seam.configured])
def test_a_fault_fails_the_states(module, state):
    answer = state({**module, "__pillar__": {"gateway": {"faults": ["a: is bad", "b: is bad"]}}}, "x")
    assert answer["result"] is False
    assert answer["changes"] == {}
    assert answer["comment"] == "Nothing was changed, since the gateway has 2 errors:\n- a: is bad\n- b: is bad"


def test_what_a_tool_refuses_is_told_before_anything_is_written(system, module):
    system.broken.add("interface=eth1")
    answer = seam.validated(module, "x")
    assert answer["result"] is False
    assert answer["comment"] == "Nothing was changed: dnsmasq: dnsmasq: interface=eth1"
    assert told(system) == ({}, None, set(), None)
    system.tools.discard("dnsmasq")
    assert seam.validated(module, "x")["result"] is True


def test_a_machine_that_cannot_be_looked_at_fails_the_states(system, module):
    seam.configured(module, "x")

    def fail(unit):
        raise Failed("no such bus")

    system.service["status"] = fail
    for state in (seam.configured, seam.absent):
        answer = state(module, "x")
        assert (answer["result"], answer["changes"]) == (False, {})
        assert "no such bus" in answer["comment"]
