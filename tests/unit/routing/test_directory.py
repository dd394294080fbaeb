from tests.fakes.directories import DESK, DIRECTOR, DUTY_ROOM, SUPERVISION, official, small_directory


def test_a_number_is_known_by_all_who_are_reached_by_it():
    directory = small_directory(more=(official("secretary", DIRECTOR, post="秘书"),))
    assert directory.whose(DIRECTOR) == (("director", "director"), ("secretary", "秘书secretary"))
    assert directory.whose(DUTY_ROOM) == (("duty_room", "值班室"),)
    assert directory.whose(SUPERVISION) == (("supervision", "督查室"),)
    assert directory.whose(DESK) == (("desk", "受理台"),)
    assert directory.whose("13900000000") == ()


def test_who_is_reached_by_a_number_is_called_the_same_by_their_id():
    directory = small_directory(more=(official("secretary", "13800000009", post="秘书"),))
    for number in ("13800000009", DUTY_ROOM, SUPERVISION):
        ((who, called),) = directory.whose(number)
        assert directory.called(who) == called
    assert directory.called("county") == "county", "an address of the county's own"
