"""Who changes the duty roster in tests."""

from cases.roles import Actor, Role

SECRETARY = Actor(name="王秘书", roles=frozenset({Role.DESK}))
"""Of the desk: may change all of it."""


def secretary(name: str) -> Actor:
    """Somebody else of the desk."""
    return Actor(name=name, roles=frozenset({Role.DESK}))
