"""Networks of alice from the blueprint eole."""

from .fake_cloud import FakeCloud, cloud_of, described

USERS = [described("oneuser", 0, "oneadmin", GNAME="oneadmin"), described("oneuser", 2, "alice")]


def existing(number, name, **content):
    template = {"SALT_MANAGED": "eole/alice", **content.pop("TEMPLATE", {})}
    return described("onevnet", number, name, STATE=1, VN_MAD="bridge", TEMPLATE=template, **content)


def setup(*networks, answers=None):
    fake = FakeCloud(answers, oneuser=USERS, onevnet=networks)
    return fake, cloud_of(fake)
