using Microsoft.OpenApi;

namespace Mcu.Server.Api;

/// <summary>Text bodies in the OpenAPI document.</summary>
internal static class BodyDescription
{
    /// <summary>Names the media types a call takes. Unlike Accepts, leaves it to the call to refuse others in its own words.</summary>
    public static TBuilder DescribesBody<TBuilder>(this TBuilder endpoint, params string[] mediaTypes)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddOpenApiOperationTransformer(
            (operation, _, _) =>
            {
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = mediaTypes.ToDictionary(
                        type => type,
                        _ => new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
                        StringComparer.Ordinal
                    ),
                };
                return Task.CompletedTask;
            }
        );
}
