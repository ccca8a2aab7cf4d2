from . import test_adopt
from . import test_adopt_bad_days
from . import test_adopt_tours
from . import test_elsewhere
