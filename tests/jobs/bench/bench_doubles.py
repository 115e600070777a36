"""Work for the measured processes of the tests; they import it by its bare name."""

import os
import time


class Doubling:
    """Answers with twice the number; 0 is an error, a negative number the end of the process."""

    def __call__(self, report):
        def work(number):
            report(number, 10, "doubling")
            if number == 0:
                raise ValueError("nothing to double")
            if number < 0:
                os._exit(7)
            return 2 * number

        return work


class Broken:
    def __call__(self, report):
        raise LookupError("no model")


class Sleeping:
    """Leaves a file when it is interrupted."""

    def __init__(self, path):
        self.path = path

    def __call__(self, report):
        def work(_):
            try:
                report(0, 0, "asleep")
                time.sleep(60)
            finally:
                self.path.write_text("tidied")

        return work
