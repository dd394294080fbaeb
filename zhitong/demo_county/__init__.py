"""A county that does not exist, with eight weeks of cases: to look at the console, to train clerks, to try reports."""
