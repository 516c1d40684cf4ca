// SPDX-License-Identifier: Apache-2.0
#include "cli/inspect_types.h"

#define MAP(path)                                                                                  \
    {                                                                                              \
        (path), TEMPLATE_MAP, NULL                                                                 \
    }
#define MAP_REFS(path)                                                                             \
    {                                                                                              \
        (path), TEMPLATE_MAP_REFS, NULL                                                            \
    }
#define LIST(path)                                                                                 \
    {                                                                                              \
        (path), TEMPLATE_LIST, NULL                                                                \
    }
#define REF(path)                                                                                  \
    {                                                                                              \
        (path), TEMPLATE_REF, NULL                                                                 \
    }
#define STRING(path)                                                                               \
    {                                                                                              \
        (path), TEMPLATE_STRING, NULL                                                              \
    }
#define ALIAS(path, name)                                                                          \
    {                                                                                              \
        (path), TEMPLATE_ALIAS, (name)                                                             \
    }
#define LAST                                                                                       \
    {                                                                                              \
        NULL, TEMPLATE_MAP, NULL                                                                   \
    }

/* github.com/moby/moby/api/types/container: InspectResponse, HostConfig, Config. */
const struct template_type inspect_container_types[] = {
    ALIAS("ID", "Id"),
    LIST("Args"),
    LIST("ExecIDs"),
    LIST("Mounts"),
    STRING("Mounts.*.Name"),
    STRING("Mounts.*.Driver"),
    REF("State.Health"),
    REF("SizeRw"),
    REF("SizeRootFs"),
    REF("Node"),
    MAP("GraphDriver.Data"),
    /* Config */
    MAP("Config.Labels"),
    MAP_REFS("Config.ExposedPorts"),
    MAP_REFS("Config.Volumes"),
    LIST("Config.Env"),
    LIST("Config.Cmd"),
    LIST("Config.Entrypoint"),
    LIST("Config.OnBuild"),
    LIST("Config.Shell"),
    REF("Config.Healthcheck"),
    REF("Config.StopTimeout"),
    STRING("Config.StopSignal"),
    STRING("Config.MacAddress"),
    /* HostConfig */
    LIST("HostConfig.Binds"),
    LIST("HostConfig.VolumesFrom"),
    LIST("HostConfig.CapAdd"),
    LIST("HostConfig.CapDrop"),
    ALIAS("HostConfig.DNS", "Dns"),
    ALIAS("HostConfig.DNSOptions", "DnsOptions"),
    ALIAS("HostConfig.DNSSearch", "DnsSearch"),
    ALIAS("HostConfig.NanoCPUs", "NanoCpus"),
    ALIAS("HostConfig.CPUShares", "CpuShares"),
    ALIAS("HostConfig.CPUPeriod", "CpuPeriod"),
    ALIAS("HostConfig.CPUQuota", "CpuQuota"),
    LIST("HostConfig.ExtraHosts"),
    LIST("HostConfig.GroupAdd"),
    LIST("HostConfig.Links"),
    LIST("HostConfig.SecurityOpt"),
    LIST("HostConfig.Devices"),
    LIST("HostConfig.DeviceCgroupRules"),
    LIST("HostConfig.DeviceRequests"),
    LIST("HostConfig.Ulimits"),
    LIST("HostConfig.Mounts"),
    LIST("HostConfig.MaskedPaths"),
    LIST("HostConfig.ReadonlyPaths"),
    MAP("HostConfig.LogConfig.Config"),
    MAP("HostConfig.PortBindings"),
    MAP("HostConfig.Tmpfs"),
    MAP("HostConfig.Sysctls"),
    MAP("HostConfig.StorageOpt"),
    MAP("HostConfig.Annotations"),
    REF("HostConfig.Init"),
    REF("HostConfig.MemorySwappiness"),
    REF("HostConfig.OomKillDisable"),
    REF("HostConfig.PidsLimit"),
    /* NetworkSettings */
    MAP("NetworkSettings.Ports"),
    MAP_REFS("NetworkSettings.Networks"),
    REF("NetworkSettings.Networks.*.IPAMConfig"),
    LIST("NetworkSettings.Networks.*.Links"),
    LIST("NetworkSettings.Networks.*.Aliases"),
    MAP("NetworkSettings.Networks.*.DriverOpts"),
    LIST("NetworkSettings.SecondaryIPAddresses"),
    LIST("NetworkSettings.SecondaryIPv6Addresses"),
    LAST,
};

/* github.com/moby/moby/api/types/image: InspectResponse. */
const struct template_type inspect_image_types[] = {
    ALIAS("ID", "Id"),
    LIST("RepoTags"),
    LIST("RepoDigests"),
    MAP("Config.Labels"),
    MAP_REFS("Config.ExposedPorts"),
    MAP_REFS("Config.Volumes"),
    LIST("Config.Env"),
    LIST("Config.Cmd"),
    LIST("Config.Entrypoint"),
    LIST("Config.OnBuild"),
    LIST("Config.Shell"),
    REF("Config.Healthcheck"),
    STRING("Config.StopSignal"),
    STRING("Variant"),
    STRING("OsVersion"),
    MAP("GraphDriver.Data"),
    LIST("RootFS.Layers"),
    LAST,
};

/* github.com/moby/moby/api/types/volume: Volume. */
const struct template_type inspect_volume_types[] = {
    MAP("Labels"),
    MAP("Options"),
    LAST,
};
