import type Docker from 'dockerode';
import { DatabaseError } from '../../domain/errors';
import type { Labels } from '../../domain/names';
import type { Backend, Call, NetworkSpec } from '../backend';
import { isOwned, requireOwned } from '../owned';
import type { Engine } from './engine';
import { freeSubnets } from './subnets';

export type NetworkInfo = Docker.NetworkInspectInfo;

export type Networks = Pick<Backend, 'ensureNetwork' | 'removeNetwork'> & {
  inspect(name: string, call?: Call): Promise<NetworkInfo | null>;
};

/** One network per database, from our own pool of addresses: Docker's default pools allow about 31. */
export function createNetworks({ docker, ask, find, change }: Engine): Networks {
  /** Docker's names of networks are not unique and its name filter matches substrings: all are looked through. */
  async function all(call: Call | undefined): Promise<NetworkInfo[]> {
    return ask('list networks', call, (abortSignal) => docker.listNetworks({ abortSignal }));
  }

  async function named(name: string, call: Call | undefined): Promise<NetworkInfo[]> {
    return (await all(call)).filter((network) => network.Name === name);
  }

  async function inspect(nameOrId: string, call?: Call): Promise<NetworkInfo | null> {
    return find(
      `inspect network ${nameOrId}`,
      call,
      (abortSignal) => docker.getNetwork(nameOrId).inspect({ abortSignal } as never) as unknown as Promise<NetworkInfo>,
    );
  }

  async function create(spec: NetworkSpec, subnet: string, call: Call | undefined): Promise<void> {
    const { name, labels } = spec;
    await change(
      `create network ${name} with ${subnet}`,
      call,
      (abortSignal) => docker.createNetwork({ _query: {}, _body: createBody(spec, subnet), abortSignal } as never),
      async () => (await named(name, call)).some((network) => isOwned(network.Labels, labels)),
    );
  }

  /**
   * `CheckDuplicate` does not see a network that is being created at the same time. Whoever finds two keeps the same
   * one, and containers name their network by its name, so it does not matter who removes the other.
   */
  async function removeDuplicates(name: string, labels: Labels, call: Call | undefined): Promise<void> {
    const ours = (await named(name, call)).filter((network) => isOwned(network.Labels, labels));
    const [, ...duplicates] = ours.sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
    for (const duplicate of duplicates) await removeById(duplicate.Id, name, call);
  }

  async function removeById(id: string, name: string, call: Call | undefined): Promise<void> {
    await change(
      `remove network ${name}`,
      call,
      (abortSignal) => docker.getNetwork(id).remove({ abortSignal }),
      async () => (await inspect(id, call)) === null,
    );
  }

  async function detachAll(id: string, call: Call | undefined): Promise<void> {
    const info = await inspect(id, call);
    for (const container of Object.keys(info?.Containers ?? {})) {
      await change(
        `detach ${container} from its network`,
        call,
        (abortSignal) => docker.getNetwork(id).disconnect({ Container: container, Force: true, abortSignal }),
        async () => (await inspect(id, call))?.Containers?.[container] === undefined,
      );
    }
  }

  /**
   * Throws when the daemon is ending. It has closed its stores then, hides a network that it could not remove, and has it
   * again when it is back. That of volumes it closes first (moby, `daemon.Shutdown`): while it answers, a look that came
   * before was true.
   */
  async function requireOpenStores(name: string, call: Call | undefined): Promise<void> {
    await find(`check that network ${name} is removed`, call, (abortSignal) =>
      docker.getVolume(name).inspect({ abortSignal }),
    );
  }

  return {
    inspect,

    async ensureNetwork(spec, call) {
      const { name, labels, addressPool } = spec;
      const networks = await all(call);
      const existing = networks.find((network) => network.Name === name);
      if (existing !== undefined) return requireOwned(`network ${name}`, existing.Labels, labels);
      for (const subnet of freeSubnets(addressPool, networks.flatMap(subnetsOf), Math.random())) {
        try {
          await create(spec, subnet, call);
          return await removeDuplicates(name, labels, call);
        } catch (error) {
          // Another network took these addresses since we looked.
          if (!/overlaps/i.test(String((error as Error).message))) throw error;
        }
      }
      throw new DatabaseError(
        'capacity_exhausted',
        `address pool ${addressPool} has no free subnet for network ${name}`,
      );
    },

    async removeNetwork(name, labels, call) {
      for (const network of await named(name, call)) {
        requireOwned(`network ${name}`, network.Labels, labels);
        await detachAll(network.Id, call);
        await removeById(network.Id, name, call);
      }
      await requireOpenStores(name, call);
    },
  };
}

/** The body of `POST /networks/create` (Docker Engine API 1.41). */
function createBody({ name, labels }: NetworkSpec, subnet: string): Docker.NetworkCreateOptions {
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: 'bridge',
    Labels: { ...labels },
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
  };
}

function orderOf({ Created: createdAt, Id: id }: NetworkInfo): string {
  return `${createdAt} ${id}`;
}

/** The IPv4 addresses that a network takes. */
function subnetsOf({ IPAM: ipam }: NetworkInfo): string[] {
  return (ipam?.Config ?? []).flatMap(({ Subnet: subnet }) =>
    subnet === undefined || subnet.includes(':') ? [] : [subnet],
  );
}
