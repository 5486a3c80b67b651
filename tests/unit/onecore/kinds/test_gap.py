"""Instantiating while an image is being published."""

from contextlib import suppress

import pytest

from onecore.basics.errors import AllocateError
from onecore.cloud.campaign import alone
from onecore.kinds.vm.gap import PAUSES, instantiate_published
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described

REFUSED = AllocateError("User 0 does not own an image with name: debian .")
BY_NAME = {"DISK": [{"IMAGE": "debian", "IMAGE_UNAME": "oneadmin"}]}


def image(number, name, published="debian"):
    return described("oneimage", number, name, "oneadmin", TEMPLATE={"SALT_PUBLISHED": published})


def attempts(images, fails, attributes=BY_NAME):
    """How often it is tried to instantiate when the first ``fails`` attempts are refused; and the answer."""
    made = []

    def instantiate():
        made.append(1)
        if len(made) <= fails:
            raise REFUSED
        return 42

    cloud, answer = cloud_of(FakeCloud(oneimage=images), *[lambda: None] * len(PAUSES)), None
    with suppress(AllocateError):
        answer = alone(cloud, instantiate_published(cloud, "alice", attributes, instantiate))
    return len(made), answer


GAP = [image(1, "debian-20260101-000000"), image(2, "debian-build")]
CLOSED = [image(1, "debian-20260101-000000"), image(2, "debian")]


@pytest.mark.parametrize("fails", range(len(PAUSES) + 1))
def test_it_is_tried_again_while_no_image_has_the_name(fails):
    assert attempts(GAP, fails) == (fails + 1, 42)


def test_a_gap_that_does_not_end_is_a_refusal():
    assert attempts(GAP, 99) == (len(PAUSES) + 1, None)


def test_a_gap_that_has_ended_is_tried_once_more():
    assert attempts(CLOSED, 1) == (2, 42)
    assert attempts(CLOSED, 99) == (2, None)


@pytest.mark.parametrize(
    ("images", "attributes"),
    [
        ([], BY_NAME),
        ([image(1, "other", "other")], BY_NAME),
        (GAP, {"DISK": {"IMAGE_ID": "1"}}),
        (GAP, {"DISK": {"IMAGE": "debian"}}),
        (GAP, {}),
    ],
)
def test_what_is_refused_for_another_reason_is_not_tried_again(images, attributes):
    assert attempts(images, 99, attributes) == (1, None)
