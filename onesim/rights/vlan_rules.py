"""The VLANs that the members of a group may use."""

import re

from onesim.errors import ActionError, AuthorizationError
from onesim.text.templates import Template

SCOPES = ("VLAN_ID", "OUTER_VLAN_ID", "CVLAN", "VLAN_TAGGED_ID", "ANY")
_RANGES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*", re.ASCII)
_WANTED = (("VLAN_ID", "VLAN_ID"), ("CVLAN", "CVLANS"), ("VLAN_TAGGED_ID", "VLAN_TAGGED_ID"))
_WANTED += (("OUTER_VLAN_ID", "OUTER_VLAN_ID"),)


def ranges(text):
    """The (first, last) pairs of "1-5,7", or None for anything else."""
    if not _RANGES.fullmatch(text):
        return None
    pairs = [[int(bound) for bound in part.split("-")] for part in text.split(",")]
    return [(min(pair), max(pair)) for pair in pairs]


class VlanRules:
    """The rules of one group, as a template: RULE = [ID, SCOPE, VNTEMPLATE]."""

    def __init__(self):
        self.template = Template()

    def set_id(self, oid):
        self.template.set("ID", str(oid))

    def xml(self):
        return self.template.xml("VLAN_RULES")

    def replace(self, template, oid):
        """Replaces the rules, or refuses all of them."""
        for rule in template.vectors("RULE"):
            self._check(rule)
        fresh = Template()
        fresh.merge(template)
        self.template = fresh
        self.set_id(oid)

    @staticmethod
    def _check(rule):
        if not rule.get("ID"):
            raise ActionError("Missing ID in rule.")
        if ranges(rule["ID"]) is None:
            raise ActionError("Invalid ID specification.")
        scope = rule.get("SCOPE", "").upper()
        if scope not in SCOPES:
            raise ActionError("Wrong SCOPE in rule.")
        rule["SCOPE"] = scope
        if rule.get("VNTEMPLATE", "") in ("", "-1"):
            rule["VNTEMPLATE"] = "-1"
        elif ranges(rule["VNTEMPLATE"]) is None:
            raise ActionError("Invalid VNTEMPLATE specification.")
        rule.pop("TYPE", None)
        rule.pop("TARGET_ID", None)

    @staticmethod
    def wanted(template):
        """(scope, value) of each VLAN of a network template, including its address ranges."""
        for scope, name in _WANTED:
            if template.get(name):
                yield scope, template.get(name)
        for vector in template.vectors("AR"):
            for scope, name in _WANTED:
                if vector.get(name):
                    yield scope, vector[name]

    @staticmethod
    def _concerns(rule, vntemplate_id):
        if rule["VNTEMPLATE"] == "-1":
            return True
        return any(first <= vntemplate_id <= last for first, last in ranges(rule["VNTEMPLATE"]))

    def limits_template(self, vntemplate_id):
        """Whether a rule applies to networks from that template."""
        return any(self._concerns(rule, vntemplate_id) for rule in self.template.vectors("RULE"))

    def allows(self, scope, value, vntemplate_id):
        """Whether the rules together cover every VLAN of `value`; raises for an invalid value."""
        single = scope in ("VLAN_ID", "OUTER_VLAN_ID")
        left = None if single and not value.isdecimal() else ranges(value)
        if left is None:
            raise AuthorizationError(f"Invalid {scope} specification.")
        for rule in self.template.vectors("RULE"):
            if rule["SCOPE"] in (scope, "ANY") and self._concerns(rule, vntemplate_id):
                allowed = ranges(rule["ID"])
                left = [
                    (first, last)
                    for first, last in left
                    if not any(low <= first and last <= high for low, high in allowed)
                ]
        return not left
