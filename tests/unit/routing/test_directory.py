from tests.fakes.directories import DESK, DIRECTOR, DUTY_ROOM, SUPERVISION, official, small_directory


def test_a_number_is_known_by_all_who_are_reached_by_it():
    directory = small_directory(more=(official("secretary", DIRECTOR, post="秘书"),))
    assert directory.whose(DIRECTOR) == (("director", "director"), ("secretary", "秘书secretary"))
    assert directory.whose(DUTY_ROOM) == (("duty_room", "值班室"),)
    assert directory.whose(SUPERVISION) == (("supervision", "督查室"),)
    assert directory.whose(DESK) == (("desk", "受理台"),)
    assert directory.whose("13900000000") == ()
