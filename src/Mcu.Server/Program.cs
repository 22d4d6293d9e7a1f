Console.WriteLine("Mcu.Server");
