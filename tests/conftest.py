"""What holds for every test."""

import hypothesis

# Machines that run tests are shared: a slow example is no wrong one.
hypothesis.settings.register_profile("popcon", deadline=None, print_blob=True)
hypothesis.settings.load_profile("popcon")
