using Mcu.Load.Scenarios;

// ./mcu bench load [NAME…] [--participants N] [--seconds S] [--ramp] [--json]
return await LoadCommand.RunAsync(args);
