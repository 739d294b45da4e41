import type Docker from 'dockerode';
import { DatabaseError } from '../../databases/errors';
import type { Backend, Call } from '../backend';
import type { Engine } from './engine';
import { statusOf } from './errors';
import { isOwned, requireOwned } from './owned';
import { freeSubnets } from './subnets';

type NetworkInfo = Docker.NetworkInspectInfo;

/** One network per database, from our own pool of addresses: Docker's default pools allow about 31. */
export function createNetworks({ docker, ask, change }: Engine): Pick<Backend, 'ensureNetwork' | 'removeNetwork'> {
  /** Docker's names of networks are not unique and its name filter matches substrings: all are looked through. */
  async function all(call: Call | undefined): Promise<NetworkInfo[]> {
    return ask('list networks', call, (abortSignal) => docker.listNetworks({ abortSignal }));
  }

  async function named(name: string, call: Call | undefined): Promise<NetworkInfo[]> {
    return (await all(call)).filter((network) => network.Name === name);
  }

  return {
    async ensureNetwork({ name, labels, addressPool }, call) {
      const networks = await all(call);
      const existing = networks.find((network) => network.Name === name);
      if (existing !== undefined) return requireOwned(`network ${name}`, existing.Labels, labels);
      const used = networks.flatMap(({ IPAM }) =>
        (IPAM?.Config ?? []).flatMap(({ Subnet }) => (isIpv4(Subnet) ? [Subnet] : [])),
      );
      for (const subnet of freeSubnets(addressPool, used, Math.random())) {
        const options = {
          Name: name,
          CheckDuplicate: true,
          Driver: 'bridge',
          Labels: { ...labels },
          IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
        };
        try {
          await change(
            `create network ${name} with ${subnet}`,
            call,
            (abortSignal) => docker.createNetwork({ ...options, abortSignal }),
            async () => (await named(name, call)).some((network) => isOwned(network.Labels, labels)),
          );
          return;
        } catch (error) {
          // Another network took these addresses since we looked.
          if (!/overlaps/i.test(String((error as Error).message))) throw error;
        }
      }
      throw new DatabaseError('capacity_exhausted', `no addresses are left in ${addressPool} for network ${name}`);
    },

    async removeNetwork(name, labels, call) {
      for (const network of await named(name, call)) {
        requireOwned(`network ${name}`, network.Labels, labels);
        await detachAll(network.Id, call);
        await change(
          `remove network ${name}`,
          call,
          (abortSignal) => docker.getNetwork(network.Id).remove({ abortSignal }),
          async () => !(await named(name, call)).some(({ Id }) => Id === network.Id),
        );
      }
    },
  };

  async function detachAll(id: string, call: Call | undefined): Promise<void> {
    const network = docker.getNetwork(id);
    const info = await inspected(id, call);
    for (const container of Object.keys(info?.Containers ?? {})) {
      await change(
        `detach ${container} from its network`,
        call,
        (abortSignal) => network.disconnect({ Container: container, Force: true, abortSignal }),
        async () => (await inspected(id, call))?.Containers?.[container] === undefined,
      );
    }
  }

  async function inspected(id: string, call: Call | undefined): Promise<NetworkInfo | null> {
    try {
      return await ask(
        'inspect a network',
        call,
        (abortSignal) => docker.getNetwork(id).inspect({ abortSignal } as never) as unknown as Promise<NetworkInfo>,
      );
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }
}

function isIpv4(subnet: string | undefined): subnet is string {
  return subnet !== undefined && !subnet.includes(':');
}
