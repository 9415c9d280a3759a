export interface Row {
  ServiceName: string;
  ServiceNamespace: string;
  LastAuthenticated?: Date;
  TotalAuthenticatedEntities: number;
}
