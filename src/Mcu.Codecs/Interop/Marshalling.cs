// Every signature here is blittable: the runtime has nothing to convert.
[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]
