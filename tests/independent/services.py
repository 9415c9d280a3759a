"""Real service namespaces with a few of their actions: what the random estates are made of."""

_TEXT = """\
acm | AWS Certificate Manager
    AddTagsToCertificate DeleteCertificate ImportCertificate PutAccountConfiguration RemoveTagsFromCertificate
    RenewCertificate RequestCertificate ResendValidationEmail RevokeCertificate UpdateCertificateOptions
apigateway | Amazon API Gateway Management
    AddCertificateToDomain CreateProductPage DeletePortalProduct DeleteRoutingRule PreviewPortal
    RemoveCertificateFromDomain UpdatePortalProduct
athena | Amazon Athena
    CancelCapacityReservation CreateDataCatalog CreatePreparedStatement DeleteCapacityReservation DeleteNotebook
    ExportNotebook RunQuery StartSession TagResource UpdateCapacityReservation UpdateNotebook
autoscaling | Amazon EC2 Auto Scaling
    AttachInstances CreateLaunchConfiguration DeleteWarmPool ExitStandby ResumeProcesses
backup | AWS Backup
    AssociateBackupVaultMpaApprovalTeam CreateLegalHold DeleteBackupVault DeleteTieringConfiguration
    RevokeRestoreAccessBackupVault UpdateBackupPlan
cloudformation | AWS CloudFormation
    ActivateOrganizationsAccess CancelUpdateStack CreateGeneratedTemplate CreateStackRefactor
    DeactivateOrganizationsAccess DeleteResource DeleteStackSet ImportStacksToStackSet RegisterPublisher
    SetTypeConfiguration StartResourceScan UntagResource UpdateStack
cloudfront | Amazon CloudFront
    AllowVendedLogDeliveryForResource CreateFieldLevelEncryptionProfile CreateTrustStore DeleteKeyValueStore
    PutResourcePolicy UpdateDomainAssociation
cloudtrail | AWS CloudTrail
    AddTags CreateDashboard DeleteChannel DeleteServiceLinkedChannel DisableFederation PutEventSelectors RemoveTags
    StartEventDataStoreIngestion StopEventDataStoreIngestion UpdateDashboard
cloudwatch | Amazon CloudWatch
    CreateServiceLevelObjective DeleteAlarms DeleteDashboards DeleteMetricStream DisableAlarmActions EnableAlarmActions
    EnableTopologyDiscovery PutAlarmMuteRule PutCompositeAlarm PutInsightRule PutMetricAlarm PutMetricStream
    StartMetricStreams TagResource
codebuild | AWS CodeBuild
    BatchDeleteBuilds CreateWebhook DeleteResourcePolicy RetryBuildBatch StopBuildBatch
codepipeline | AWS CodePipeline
    AcknowledgeJob CreateCustomActionType DeleteCustomActionType DeleteWebhook DisableStageTransition PollForJobs
    PutActionRevision PutJobFailureResult PutThirdPartyJobFailureResult RegisterWebhookWithThirdParty RollbackStage
    StopPipelineExecution UntagResource
cognito-idp | Amazon Cognito User Pools
    AddCustomAttributes AdminForgetDevice AdminUpdateDeviceStatus CreateIdentityProvider DeleteResourceServer
    ForgotPassword SetUserMFAPreference UpdateGroup
config | AWS Config
    AssociateResourceTypes DeleteOrganizationConfigRule DeleteStoredQuery PutEvaluations
    PutServiceLinkedConfigurationRecorder
dynamodb | Amazon DynamoDB
    AssociateTableReplica DeleteBackup EnableKinesisStreamingDestination PurchaseReservedCapacityOfferings
    StartAwsBackupJob UpdateGlobalTableSettings
ec2 | Amazon EC2
    AcceptAddressTransfer AssociateCapacityReservationBillingOwner AssociateVerifiedAccessInstanceWebAcl
    CancelConversionTask CreateCarrierGateway CreateInstanceConnectEndpoint CreateLocalGatewayRouteTable
    CreatePublicIpv4Pool CreateSubnetCidrReservation CreateTransitGatewayRouteTableAnnouncement
    DeleteCapacityManagerDataExport DeleteIpam DeleteLocalGatewayVirtualInterfaceGroup DeleteRouteServer
    DeleteTransitGatewayConnect DeleteVpc DeregisterTransitGatewayMulticastGroupMembers DisableImage
    DisassociateEnclaveCertificateIamRole EnableAllowedImagesSettings EnableVgwRoutePropagation
    ModifyAvailabilityZoneGroup ModifyInstanceEventStartTime ModifyManagedPrefixList
    ModifyTransitGatewayPrefixListReference ModifyVpcEndpointServiceConfiguration ProvisionPublicIpv4PoolCidr
    RejectVpcPeeringConnection ResetFpgaImageAttribute SendSpotInstanceInterruptions
ecr | Amazon Elastic Container Registry
    BatchDeleteImage CreatePullThroughCacheRule DeleteLifecyclePolicy DeleteRepository DeleteSigningConfiguration
    PutAccountSetting PutLifecyclePolicy PutReplicationConfiguration ReplicateImage StartLifecyclePolicyPreview
    UpdateImageStorageClass
ecs | Amazon Elastic Container Service
    CreateCapacityProvider DeleteCapacityProvider DiscoverPollEndpoint PutSystemLogEvents SubmitAttachmentStateChanges
    UpdateClusterSettings
eks | Amazon Elastic Kubernetes Service
    AssociateAccessPolicy CreateAddon CreateNodegroup DeleteCapability DeletePodIdentityAssociation
    MutateViaKubernetesApi UpdateAccessEntry UpdateClusterVersion
elasticache | Amazon ElastiCache
    AddTagsToResource CreateCacheParameterGroup CreateUserGroup DeleteServerlessCacheSnapshot InterruptClusterAzPower
    ModifyUserGroup
elasticfilesystem | Amazon Elastic File System
    Backup ClientRootAccess CreateAccessPoint CreateMountTarget CreateTags DeleteFileSystem DeleteMountTarget DeleteTags
    PutAccountPreferences PutFileSystemPolicy ReplicationWrite TagResource UpdateFileSystem
elasticloadbalancing | AWS Elastic Load Balancing
    AddListenerCertificates ApplySecurityGroupsToLoadBalancer CreateListener CreateTargetGroup
    DeleteLoadBalancerListeners DeleteTrustStore DetachLoadBalancerFromSubnets ModifyListener
    ModifyTargetGroupAttributes RemoveTags SetLoadBalancerPoliciesOfListener
events | Amazon EventBridge
    ActivateEventSource CreateEventBus DeleteEndpoint PutPartnerEvents StartReplay
firehose | Amazon Kinesis Firehose
    CreateDeliveryStream DeleteDeliveryStream PutRecord PutRecordBatch StartDeliveryStreamEncryption
    StopDeliveryStreamEncryption TagDeliveryStream UntagDeliveryStream UpdateDestination
glue | AWS Glue
    AuthorizeInboundIntegration CreatePartition DeleteMLTransform GetStageAttemptTaskList SendFeedback UpdateBlueprint
guardduty | Amazon GuardDuty
    AcceptAdministratorInvitation CreateMalwareProtectionPlan CreateTrustedEntitySet DeleteMalwareProtectionPlan
    DisassociateFromAdministratorAccount SendSecurityTelemetry UntagResource UpdateMalwareScanSettings
iam | AWS Identity and Access Management (IAM)
    AcceptDelegationRequest AssociateDelegationRequest ChangePassword CreateGroup CreatePolicy CreateServiceLinkedRole
    DeactivateMFADevice DeleteCloudFrontPublicKey DeleteLoginProfile DeleteRole DeleteSSHPublicKey
    DeleteSigningCertificate DeleteVirtualMFADevice DisableOrganizationsRootCredentialsManagement
    EnableOrganizationsRootCredentialsManagement PutGroupPolicy PutUserPolicy RemoveUserFromGroup
    SetDefaultPolicyVersion TagMFADevice TagSAMLProvider UntagMFADevice UntagSAMLProvider UpdateAccountEmailAddress
    UpdateCloudFrontPublicKey UpdateRole UpdateServerCertificate UploadCloudFrontPublicKey
kinesis | Amazon Kinesis Data Streams
    AddTagsToStream DeregisterStreamConsumer MergeShards RemoveTagsFromStream UntagResource
kms | AWS Key Management Service
    CancelKeyDeletion CreateCustomKeyStore Decrypt DeleteImportedKeyMaterial DisableKeyRotation EnableKeyRotation
    GenerateDataKeyPair GenerateMac PutKeyPolicy ReplicateKey RotateKeyOnDemand SynchronizeMultiRegionKey UpdateAlias
    UpdatePrimaryRegion
lambda | AWS Lambda
    AddLayerVersionPermission CheckpointDurableExecution CreateCodeSigningConfig CreateFunction DeleteCapacityProvider
    DeleteFunction DeleteFunctionConcurrency DeleteLayerVersion DisableReplication InvokeFunction PublishLayerVersion
    PutFunctionCodeSigningConfig PutFunctionRecursionConfig PutProvisionedConcurrencyConfig RemovePermission
    SendDurableExecutionCallbackSuccess TagResource UpdateCapacityProvider UpdateEventSourceMapping
    UpdateFunctionConfiguration
logs | Amazon CloudWatch Logs
    AssociateKmsKey CreateExportTask CreateLookupTable DeleteDeliverySource DeleteLogGroup DeleteResourcePolicy
    IntegrateWithS3Table PutDeliveryDestination PutIntegration PutRetentionPolicy UntagResource
organizations | AWS Organizations
    AcceptHandshake CreateOrganization DeleteResourcePolicy EnablePolicyType RemoveAccountFromOrganization
rds | Amazon RDS
    AddRoleToDBCluster CreateBlueGreenDeployment CreateEventSubscription DeleteDBParameterGroup FailoverDBCluster
    ModifyDBProxyTargetGroup RebootDBCluster RestoreDBInstanceFromS3
redshift | Amazon Redshift
    AcceptReservedNodeExchange CreateCustomDomainAssociation DeleteCustomDomainAssociation EnableSnapshotCopy
    ModifyRedshiftIdcApplication
route53 | Amazon Route 53
    ActivateKeySigningKey ChangeCidrCollection CreateCidrCollection CreateHostedZone CreateReusableDelegationSet
    CreateTrafficPolicyInstance DeactivateKeySigningKey DeleteHealthCheck DeleteQueryLoggingConfig DeleteTrafficPolicy
    DisableHostedZoneDNSSEC EnableHostedZoneDNSSEC UpdateHostedZoneFeatures
s3 | Amazon S3
    AbortMultipartUpload CreateAccessGrantsLocation CreateJob DeleteAccessGrantsInstanceResourcePolicy
    DeleteAccessPointPolicyForObjectLambda DeleteJobTagging DeleteObjectVersionTagging InitiateReplication
    PutAccessPointConfigurationForObjectLambda PutAnalyticsConfiguration PutBucketNotification PutBucketRequestPayment
    PutIntelligentTieringConfiguration PutMultiRegionAccessPointPolicy PutObjectTagging
    PutStorageLensConfigurationTagging SubmitMultiRegionAccessPointRoutes UpdateBucketMetadataJournalTableConfiguration
sagemaker | Amazon SageMaker
    AddAssociation CreateEdgeDeploymentPlan CreateModelPackage CreateWorkforce DeleteHubContentReference
    DeleteProcessingJob SendHeartbeat StopPipelineExecution UpdateImage
secretsmanager | AWS Secrets Manager
    CancelRotateSecret CreateSecret DeleteResourcePolicy PutResourcePolicy PutSecretValue ReplicateSecretToRegions
    RestoreSecret StopReplicationToReplica TagResource UpdateSecret UpdateSecretVersionStage
ses | Amazon Simple Email Service
    AllowVendedLogDeliveryForResource CreateExportJob DeleteConfigurationSetTrackingOptions DeleteTenant
    PutDeliverabilityDashboardOption SetIdentityDkimEnabled UpdateConfigurationSetReputationMetricsEnabled
sns | Amazon SNS
    AddPermission ConfirmSubscription CreatePlatformEndpoint CreateTopic DeletePlatformApplication DeleteTopic Publish
    PutDataProtectionPolicy SetEndpointAttributes SetSMSAttributes SetTopicAttributes TagResource UntagResource
sqs | Amazon SQS
    AddPermission ChangeMessageVisibility DeleteMessage PurgeQueue SendMessage StartMessageMoveTask
ssm | AWS Systems Manager
    AddTagsToResource CreateAssociation CreateOpsMetadata DeleteDocument DeleteParameter DeregisterManagedInstance
    LabelParameterVersion PutParameter RegisterTargetWithMaintenanceWindow SendAutomationSignal
    StartChangeRequestExecution UpdateAssociation UpdateInstanceAssociationStatus UpdateManagedInstanceRole
states | AWS Step Functions
    CreateActivity CreateStateMachineAlias DeleteStateMachineAlias GetActivityTask RedriveExecution SendTaskHeartbeat
    StartSyncExecution TagResource UpdateMapRun
sts | AWS Security Token Service
    AssumeRole AssumeRoleWithWebIdentity DecodeAuthorizationMessage GetWebIdentityToken SetSourceIdentity
"""

# Names by which some services went at other times: `ServiceName` drifts, `ServiceNamespace` is the key.
OTHER_NAMES = {"config": "Config", "states": "Step Functions", "ses": "Amazon SES", "logs": "CloudWatch Logs"}


def _parse(text: str) -> dict[str, tuple[str, list[str]]]:
    services: dict[str, tuple[str, list[str]]] = {}
    actions: list[str] = []
    for line in text.splitlines():
        if line.startswith(" "):
            actions += line.split()
        else:
            namespace, name = line.split(" | ")
            actions = []
            services[namespace] = (name, actions)
    return services


# Namespace to name and action names.
SERVICES = _parse(_TEXT)
