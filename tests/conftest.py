"""What holds for all tests."""

import os

# threads of generated programs that wait for each other leave the processors to the tests that run beside them
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
