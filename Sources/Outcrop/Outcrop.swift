// One import for all modules of the package but OutcropDistributed.

@_exported import OutcropBLAS
@_exported import OutcropCore
@_exported import OutcropDatasets
@_exported import OutcropExperiments
@_exported import OutcropFiles
@_exported import OutcropGraph
@_exported import OutcropModels
@_exported import OutcropNN
@_exported import OutcropReport
@_exported import OutcropStatistics
@_exported import OutcropTensor
@_exported import OutcropVerification
