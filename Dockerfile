# The server and its web client on Debian 12. Both stages install through ./mcu setup, as a person would.
FROM debian:12-slim AS dotnet-source
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates curl >/dev/null \
    && curl -fsSL -o /tmp/microsoft.deb https://packages.microsoft.com/config/debian/12/packages-microsoft-prod.deb \
    && dpkg -i /tmp/microsoft.deb && rm /tmp/microsoft.deb

FROM dotnet-source AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends dotnet-sdk-10.0 >/dev/null
WORKDIR /src
COPY mcu ./
COPY scripts ./scripts
RUN ./mcu setup build
COPY . .
RUN ./mcu publish /app

FROM dotnet-source AS runtime
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends aspnetcore-runtime-10.0 >/dev/null
COPY mcu /opt/mcu/
COPY scripts /opt/mcu/scripts
RUN /opt/mcu/mcu setup runtime && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /data mcu
COPY --from=build /app /app
USER mcu
ENV MCU_HTTP=http://0.0.0.0:8080 \
    MCU_MEDIA_PORT=8189 \
    MCU_DATA=/data
EXPOSE 8080/tcp 8189/udp 8189/tcp
VOLUME /data
# Listening beyond loopback needs MCU_API_KEY and MCU_TOKEN_SECRET; without them the server says so and stops.
ENTRYPOINT ["dotnet", "/app/Mcu.Server.dll"]
