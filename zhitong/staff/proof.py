"""试拨: a new telephone is rung, and counts as proven once a person has pressed a key there."""

from ivr.menu import Menu, Sentence
from zhitong.staff.context import Staff, keys, told
from zhitong.store.due import DueTask, finish
from zhitong.store.engine import writing
from zhitong.store.proofs import put_proofs


def test_ring(staff: Staff, task: DueTask, number: str) -> Menu:
    """Is somebody there?"""

    def there() -> Menu:
        now = staff.now()
        with writing(staff.engine) as connection:
            put_proofs(connection, [(number, now)], "test ring")
            finish(connection, [task.id], at=now, outcome="接通了，按了键")
        return told("staff_thanks")

    return Menu(say=(Sentence(key="staff_test"),), keys=keys(k1=there))
