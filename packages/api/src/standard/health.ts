import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import type { MessageCodec, ServiceDefinition } from '../methods.js';

/** grpc.health.v1 (github.com/grpc/grpc, doc/health-checking.md), by hand: two messages of one field each. */

export interface HealthCheckRequest {
  /** Full name of a service; empty is the server as a whole. */
  readonly service: string;
}

export const servingStatus = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;

export interface HealthCheckResponse {
  readonly status: number;
}

const request: MessageCodec<HealthCheckRequest> = {
  encode: ({ service }) => new BinaryWriter().uint32(10).string(service),
  decode(input) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    let service = '';
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1 && wireType === 2) service = reader.string();
      else reader.skip(wireType, field);
    }
    return { service };
  },
};

const response: MessageCodec<HealthCheckResponse> = {
  encode: ({ status }) => new BinaryWriter().uint32(8).int32(status),
  decode(input) {
    const reader = input instanceof BinaryReader ? input : new BinaryReader(input);
    let status = 0;
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1 && wireType === 0) status = reader.int32();
      else reader.skip(wireType, field);
    }
    return { status };
  },
};

export const HealthServiceDefinition = {
  fullName: 'grpc.health.v1.Health',
  methods: {
    check: {
      name: 'Check',
      requestType: request,
      requestStream: false,
      responseType: response,
      responseStream: false,
    },
    watch: {
      name: 'Watch',
      requestType: request,
      requestStream: false,
      responseType: response,
      responseStream: true,
    },
  },
} as const satisfies ServiceDefinition;
