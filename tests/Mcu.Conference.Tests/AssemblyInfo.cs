// Some tests count what the process's shared pools have lent out: no other test may borrow meanwhile.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
