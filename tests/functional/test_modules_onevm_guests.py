"""Backups of VMs, commands in their guests, and their PCI devices: the commands of ``onevm`` that need drivers."""

import pytest

pytest_plugins = ["tests.functional.driver"]
DEVICE = {"VENDOR": "10de", "DEVICE": "0863", "CLASS": "0302"}


@pytest.fixture(scope="module", autouse=True)
def ground(one):
    """A user, where backups go, and a template with a disk."""
    one.run("oneuser.create", "alice", "pw")
    one.run("onedatastore.create", "backups", {"DS_MAD": "dummy", "TYPE": "BACKUP_DS"})
    one.run("oneimage.create", "data", {"TYPE": "DATABLOCK", "SIZE": 8}, "default")
    one.wait("oneimage", 1, "data")
    one.run("oneimage.chmod", "data", "644")
    disk = {"IMAGE": "data", "IMAGE_UNAME": "oneadmin"}
    one.run("onetemplate.create", "small", {"CPU": "0.1", "MEMORY": "64", "DISK": disk})
    one.run("onetemplate.chmod", "small", "644")


@pytest.fixture
def web(one):
    """A VM of alice's, which is gone after the test."""
    one.run("onetemplate.instantiate", "small", name="web", as_user="alice")
    one.wait("onevm", 3, "web")
    running(one)
    yield "web"
    one.run("onevm.terminate", "web", hard=True)
    one.gone("onevm", "web")


def running(one):
    one.wait_for(lambda: one.show("onevm", "web"), lambda seen: (seen["STATE"], seen["LCM_STATE"]) == ("3", "3"))


def backups(one):
    """The numbers of its backups, once none is being made."""
    seen = one.wait_for(lambda: one.show("onevm", "web"), lambda seen: seen["LCM_STATE"] in ("0", "3"))
    found = (seen["BACKUPS"]["BACKUP_IDS"] or {}).get("ID") or []
    return [found] if isinstance(found, str) else found


def off(one):
    one.run("onevm.poweroff", "web", hard=True)
    one.wait("onevm", 8, "web")


# -- backups -------------------------------------------------------------------------------------------------------


def test_a_vm_is_backed_up_and_put_back(one, web):
    assert one.run("onevm.backup", web, "backups") is True
    (first,) = backups(one)
    image = one.show("oneimage", int(first))
    assert (image["TYPE"], image["UNAME"], image["VMS"]["ID"]) == ("6", "alice", one.show("onevm", web)["ID"])
    assert "it must be in poweroff" in one.refusal("onevm.restore", web, int(first))
    off(one)
    assert one.run("onevm.restore", web, image["NAME"]) is True
    one.wait("onevm", 8, web)
    assert one.show("onevm", web)["HISTORY_RECORDS"]["HISTORY"][-2]["ACTION"] == "60"
    # The next one goes where the last one is.
    assert one.run("onevm.backup", web) is True
    assert len(backups(one)) == 2
    assert "VM disk does not exist" in one.refusal("onevm.restore", web, int(first), disk_id=7)
    assert "Wrong increment" in one.refusal("onevm.restore", web, int(first), increment=3)
    assert "has to be of type BACKUP" in one.refusal("onevm.restore", web, "data", image_owner="oneadmin")


def test_a_backup_of_what_has_changed(one, web):
    assert one.run("onevm.backupmode", web, "increment") is True
    for _ in range(2):
        assert one.run("onevm.backup", web, "backups") is True
        (chain,) = backups(one)
    increments = one.show("oneimage", int(chain))["BACKUP_INCREMENTS"]["INCREMENT"]
    assert [each["TYPE"] for each in increments] == ["FULL", "INCREMENT"]
    assert one.run("onevm.backup", web, "backups", reset=True) is True
    assert len(backups(one)) == 2
    off(one)
    assert one.run("onevm.restore", web, int(chain), increment=0, disk_id=0) is True
    one.wait("onevm", 8, web)


def test_a_backup_becomes_a_template_again(one, web):
    assert one.run("onevm.backup", web, "backups") is True
    (made,) = backups(one)
    # The driver of the datastore says what it has made, and this one makes nothing.
    options = {"name": "again", "increment": 0, "no_ip": True, "no_nic": True}
    assert one.run("oneimage.restore", int(made), "default", **options) == {"template": 0, "images": []}
    assert one.refusal("oneimage.restore", int(made), "default", disk_id="x").startswith("Disk_id: must be a whole")
    assert "of type BACKUP" in one.refusal("oneimage.restore", "data", "default")
    assert "nowhere does not exist" in one.refusal("oneimage.restore", int(made), "nowhere")


def test_a_backup_that_cannot_be_made(one, web):
    said = one.refusal("onevm.backup", web)
    assert said == "Datastore: set the backup datastore, since VM web of alice has no backup yet."
    assert "needs to be of type BACKUP" in one.refusal("onevm.backup", web, "default")
    assert "no backup in progress" in one.refusal("onevm.backup_cancel", web)


# -- commands in guests --------------------------------------------------------------------------------------------


def test_a_command_in_a_guest(one, web):
    """It is awaited, and what it has written is told as text."""
    number = one.show("onevm", web)["ID"]
    done = {"status": "DONE", "return_code": 0, "stdout": f"Execution finished for VM {number}", "stderr": ""}
    assert one.run("onevm.exec", web, "cat /etc/os-release", stdin="yes") == done
    noted = one.show("onevm", web)["TEMPLATE"]["QEMU_GA_EXEC"]
    assert (noted["COMMAND"], noted["STDIN"]) == ("cat /etc/os-release", "eWVz")
    assert one.run("onevm.exec_retry", web) == done
    assert one.show("onevm", web)["TEMPLATE"]["QEMU_GA_EXEC"]["STDIN"] == "eWVz"


def test_a_command_that_nobody_waits_for(one, web):
    begun = one.run("onevm.exec", web, "sleep 60", timeout=0)
    assert begun["status"] == "EXECUTING"
    running(one)
    assert "a command is already being executed" in one.refusal("onevm.exec", web, "true")
    assert one.run("onevm.exec_cancel", web) is True
    running(one)
    assert one.show("onevm", web)["TEMPLATE"]["QEMU_GA_EXEC"]["STATUS"] == "CANCELLED"
    assert "no command being executed" in one.refusal("onevm.exec_cancel", web)
    off(one)
    assert "must be in running" in one.refusal("onevm.exec", web, "true")


# -- PCI devices ---------------------------------------------------------------------------------------------------


def test_a_device_is_attached_and_detached(one, web):
    """To a VM that is powered off, of its host; and to one without a host, which any host is to give it."""
    assert "has to be in poweroff" in one.refusal("onevm.pci_attach", web, DEVICE)
    off(one)
    nowhere = {"VENDOR": "10de", "DEVICE": "0aa9", "CLASS": "0300"}
    assert "Check address and free devices" in one.refusal("onevm.pci_attach", web, nowhere)
    assert one.run("onevm.pci_attach", web, DEVICE) is True
    given = one.show("onevm", web)["TEMPLATE"]["PCI"]
    assert given.items() >= {**DEVICE, "PCI_ID": "0", "SHORT_ADDRESS": "02:00.0"}.items()
    assert "Check address and free devices" in one.refusal("onevm.pci_attach", web, DEVICE)
    assert "PCI device not found" in one.refusal("onevm.pci_detach", web, 5)
    assert one.run("onevm.pci_detach", web, 0) is True
    assert "PCI" not in one.show("onevm", web)["TEMPLATE"]
    one.run("onevm.undeploy", web, hard=True)
    one.wait("onevm", 9, web)
    assert one.run("onevm.pci_attach", web, DEVICE) is True
    assert "SHORT_ADDRESS" not in one.show("onevm", web)["TEMPLATE"]["PCI"]
    assert one.run("onevm.pci_detach", web, 0) is True
    assert "attributes: say which device" in one.refusal("onevm.pci_attach", web, {}).lower()


def test_vms_share_the_devices_of_hosts(one):
    """A template asks for them; who finds none free waits for one, and has it when another VM goes."""
    device = {"CLASS": "0c03", "VENDOR": "1b21"}
    one.converge("onetemplate.present", name="usb", cpu=0.1, memory=32, permissions="644", attributes={"PCI": device})
    hosts = one.run("onehost.list")
    names = [f"usb-{number}" for number in range(len(hosts) + 1)]
    for name in names[:-1]:
        one.converge("onevm.present", name=name, template="usb")
    one.state("onevm.present", name=names[-1], template="usb", wait=False)
    one.wait_for(
        lambda: one.state("onevm.present", test=True, name=names[-1], template="usb").comment,
        lambda said: "Unavailable PCI devices on hosts" in said,
    )
    one.state("onevm.absent", name=names[0])
    one.wait("onevm", 3, names[-1])
    for name in names:
        one.state("onevm.absent", name=name)
